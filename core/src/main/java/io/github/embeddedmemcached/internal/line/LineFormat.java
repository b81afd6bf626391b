package io.github.embeddedmemcached.internal.line;

/** The tokens of a command line, which are separated by spaces, and the lengths that memcached allows. */
public final class LineFormat {
    /** A line without end that is longer isn't waited for; memcached's number. */
    public static final int LINE_LENGTH_MAX = 2048;

    /** A value ends with CR and LF. */
    public static final int VALUE_END_LENGTH = 2;

    /** The longest value of a {@code set} that logs in; memcached's number. */
    public static final int LOGIN_LENGTH_MAX = 16384;

    private LineFormat() {}

    /** Finds where a token ends that begins at an index, or before it. */
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
