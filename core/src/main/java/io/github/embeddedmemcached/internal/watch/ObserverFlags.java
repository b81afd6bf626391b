package io.github.embeddedmemcached.internal.watch;

/**
 * The registered interest of observers as a set of bits: one for each {@link WatchKind} that is watched, one for the statistics
 * by prefix, one for an interceptor. A session reads the bits once for each command. Thread-safe.
 */
public final class ObserverFlags {
    /** Statistics by prefix are enabled. */
    public static final int PREFIXES = 1 << 30;

    /** An interceptor is set. */
    public static final int INTERCEPTOR = 1 << 29;

    private volatile int bits;

    public int bits() {
        return bits;
    }

    public boolean has(int bit) {
        return (bits & bit) != 0;
    }

    /** Replaces the bits of the mask. */
    public synchronized void set(int mask, int values) {
        bits = bits & ~mask | values;
    }
}
