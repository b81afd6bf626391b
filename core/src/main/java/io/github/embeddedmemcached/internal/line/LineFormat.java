package io.github.embeddedmemcached.internal.line;

/** The format of command lines: tokens separated by spaces, and memcached's length limits. */
public final class LineFormat {
    /** The maximum length of an incomplete line, except that of a retrieval command; the same as in memcached. */
    public static final int LINE_LENGTH_MAX = 2048;

    /** The length of CR and LF, which follow a value. */
    public static final int VALUE_END_LENGTH = 2;

    /** The maximum length of the value of a {@code set} that authenticates the client; the same as in memcached. */
    public static final int AUTH_TOKEN_LENGTH_MAX = 16384;

    private LineFormat() {}

    /** Returns the end of the token that contains the index, or the index itself if it is not in a token. */
    public static int endOfToken(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] != ' ') {
            i++;
        }
        return i;
    }

    public static int skipSpaces(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && bytes[i] == ' ') {
            i++;
        }
        return i;
    }
}
