package io.github.embeddedmemcached.differential;

/**
 * A request and its reply, with one char per byte.
 *
 * @param wire the protocol
 * @param request the command line and its value, or a packet
 * @param reply empty if there is none
 * @param closes whether the server closes the connection after it
 * @param number the kind of the value that an arithmetic command changes
 */
record Exchange(Wire wire, String request, String reply, boolean closes, NumberKind number) {
    /** The kinds of values that older versions of memcached parse differently. */
    enum NumberKind {
        /** A value that is parsed in the same way, or is not parsed. */
        ORDINARY,
        /** White space: the number is parsed beyond the end of the value. */
        BLANK,
        /** 2^63 or more: a minus is searched for, also beyond the end of the value. */
        LARGE
    }

    Exchange(Wire wire, String request, String reply) {
        this(wire, request, reply, false, NumberKind.ORDINARY);
    }

    Exchange withRequest(String other) {
        return new Exchange(wire, other, reply, closes, number);
    }

    Exchange withReply(String other) {
        return new Exchange(wire, request, other, closes, number);
    }

    /** Returns the command line without its line end. */
    String line() {
        int newline = request.indexOf('\n');
        int end = newline < 0 ? request.length() : newline;
        return request.substring(0, end > 0 && request.charAt(end - 1) == '\r' ? end - 1 : end);
    }

    /** Returns the command line with its line end, without the value; empty for a packet. */
    String wholeLine() {
        return wire == Wire.TEXT ? request.substring(0, request.indexOf('\n') + 1) : "";
    }

    boolean isCompletePacket() {
        return wire == Wire.BINARY && new Packet(request).isComplete();
    }
}
