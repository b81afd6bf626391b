package io.github.embeddedmemcached.internal.wire;

/** The memcached version whose behavior the server implements. */
public final class MemcachedVersion {
    /** The reply to {@code version}. */
    public static final String TEXT = "1.6.45";

    private MemcachedVersion() {}
}
