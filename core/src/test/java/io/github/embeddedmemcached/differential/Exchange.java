package io.github.embeddedmemcached.differential;

/**
 * One request and what it was answered; texts hold one char per byte.
 *
 * @param wire the protocol
 * @param request the command line, and the value that belongs to it; or a packet
 * @param answer empty for silence
 * @param closes whether the server closes the connection after it
 * @param number what kind of value it adds to or takes from
 */
record Exchange(Wire wire, String request, String answer, boolean closes, NumberKind number) {
    /** How memcached reads a value as a number. */
    enum NumberKind {
        /** Only the value counts, or it isn't read as a number. */
        ORDINARY,
        /** White space only: digits are looked for behind its end. */
        BLANK,
        /** 2^63 or more: a minus is looked for, and behind the value's end, too. */
        LARGE
    }

    Exchange(Wire wire, String request, String answer) {
        this(wire, request, answer, false, NumberKind.ORDINARY);
    }

    Exchange withRequest(String other) {
        return new Exchange(wire, other, answer, closes, number);
    }

    Exchange withAnswer(String other) {
        return new Exchange(wire, request, other, closes, number);
    }

    /** The command line without its end. */
    String line() {
        int newline = request.indexOf('\n');
        int end = newline < 0 ? request.length() : newline;
        return request.substring(0, end > 0 && request.charAt(end - 1) == '\r' ? end - 1 : end);
    }

    /** The command line with its end, without the value; a packet has none. */
    String wholeLine() {
        return wire == Wire.TEXT ? request.substring(0, request.indexOf('\n') + 1) : "";
    }

    boolean isWholePacket() {
        return wire == Wire.BINARY && new Packet(request).isComplete();
    }
}
