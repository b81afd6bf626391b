package io.github.embeddedmemcached.internal.loading;

/**
 * A value that was loaded.
 *
 * @param bytes the value, which is copied
 * @param millisToLive its time to live; 0 if it never expires, {@link #DEFAULT} for that of the {@link LoadPolicy}
 * @param flags the client flags
 */
public record LoadedValue(byte[] bytes, long millisToLive, int flags) {
    /** The time to live of the policy. */
    public static final long DEFAULT = -1;

    public LoadedValue {
        if (millisToLive < DEFAULT) {
            throw new IllegalArgumentException("the time to live must be positive, not " + millisToLive + " ms");
        }
    }

    /** Creates a value with the time to live of the policy, and client flags 0. */
    public LoadedValue(byte[] bytes) {
        this(bytes, DEFAULT, 0);
    }
}
