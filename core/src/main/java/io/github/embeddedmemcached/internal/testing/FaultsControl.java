package io.github.embeddedmemcached.internal.testing;

import io.github.embeddedmemcached.internal.intercept.Interceptor;

/** The part of a {@code Faults} object that only the server uses. Thread-safe. */
public interface FaultsControl {
    /** Returns the interceptor that applies the rules to commands and connections, active while any of them can still trigger. */
    Interceptor interceptor();

    /** Returns whether new connections are to be refused. */
    boolean isRefusing();
}
