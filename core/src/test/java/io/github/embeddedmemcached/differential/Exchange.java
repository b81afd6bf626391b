package io.github.embeddedmemcached.differential;

/**
 * One request and what it was answered; texts hold one char per byte.
 *
 * @param wire the protocol
 * @param request the command line, and the value that belongs to it; or a packet
 * @param answer empty for silence
 * @param closes whether the server closes the connection after it
 * @param blank whether it is about a value of white space only
 */
record Exchange(Wire wire, String request, String answer, boolean closes, boolean blank) {
    Exchange(Wire wire, String request, String answer) {
        this(wire, request, answer, false, false);
    }

    Exchange withRequest(String other) {
        return new Exchange(wire, other, answer, closes, blank);
    }

    Exchange withAnswer(String other) {
        return new Exchange(wire, request, other, closes, blank);
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
