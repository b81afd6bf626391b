package io.github.embeddedmemcached.protocol;

/**
 * Who wants to know what sessions do: the {@link WatchKind}s that are watched, and whether statistics by prefix are gathered.
 * A session looks here once for each command; while it finds 0, nothing else is done.
 */
final class Demand {
    /** Statistics by prefix. */
    static final int PREFIXES = 1 << 30;

    /** Somebody sees the commands before they are executed. */
    static final int INTERCEPTOR = 1 << 29;

    private volatile int bits;

    int bits() {
        return bits;
    }

    boolean has(int bit) {
        return (bits & bit) != 0;
    }

    /** Sets some of the bits. */
    synchronized void set(int which, int to) {
        bits = bits & ~which | to;
    }
}
