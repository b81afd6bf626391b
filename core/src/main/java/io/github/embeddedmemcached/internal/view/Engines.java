package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives the other packages of the library access to parts of a {@code Cache} that its API does not expose. Thread-safe. */
public final class Engines {
    private static volatile @Nullable Function<Object, CacheEngine> engines;
    private static volatile @Nullable Function<Object, CacheServers> servers;

    private Engines() {}

    /** Sets the functions that return the engine and the servers of a cache. Called once, when the class {@code Cache} is initialized. */
    public static void accessors(Function<Object, CacheEngine> engineOf, Function<Object, CacheServers> serversOf) {
        engines = engineOf;
        servers = serversOf;
    }

    /** Returns the engine of a cache. */
    public static CacheEngine of(Object cache) {
        return Objects.requireNonNull(engines).apply(cache);
    }

    /** Returns the servers of a cache. */
    public static CacheServers serversOf(Object cache) {
        return Objects.requireNonNull(servers).apply(cache);
    }
}
