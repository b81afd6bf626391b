package io.github.embeddedmemcached.internal.engine;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives the other packages of the library access to the engine of a {@code Cache}, whose API does not expose it. Thread-safe. */
public final class Engines {
    private static volatile @Nullable Function<Object, CacheEngine> accessor;

    private Engines() {}

    /** Sets the function that returns the engine of a cache. Called once, when the class {@code Cache} is initialized. */
    public static void accessor(Function<Object, CacheEngine> function) {
        accessor = function;
    }

    /** Returns the engine of a cache. */
    public static CacheEngine of(Object cache) {
        return Objects.requireNonNull(accessor).apply(cache);
    }
}
