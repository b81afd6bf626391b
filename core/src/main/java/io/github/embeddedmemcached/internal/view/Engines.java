package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives the other packages of the library access to parts of a {@code Cache} that its API does not expose. Thread-safe. */
public final class Engines {
    private static volatile @Nullable Function<Object, CacheCore> accessor;

    private Engines() {}

    /** Sets the function that returns the core of a cache. Called once, when the class {@code Cache} is initialized. */
    public static void accessor(Function<Object, CacheCore> function) {
        accessor = function;
    }

    /** Returns the engine of a cache. */
    public static CacheEngine of(Object cache) {
        return coreOf(cache).engine();
    }

    /** Returns what a cache shares with its views and servers. */
    public static CacheCore coreOf(Object cache) {
        return Objects.requireNonNull(accessor).apply(cache);
    }
}
