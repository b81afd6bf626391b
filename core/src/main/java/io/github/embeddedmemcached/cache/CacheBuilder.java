package io.github.embeddedmemcached.cache;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import io.github.embeddedmemcached.internal.snapshot.PersistenceSettings;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Consumer;

/**
 * Builds caches. Not thread-safe. A builder can build several caches.
 *
 * <pre>{@code
 * Cache cache = Cache.builder().memoryLimitBytes(256L << 20).eviction(false).build();
 * }</pre>
 */
public final class CacheBuilder {
    private EngineSettings settings;
    private Executor executor = ForkJoinPool.commonPool();
    private PersistenceSettings persistence = PersistenceSettings.NONE;

    CacheBuilder(EngineSettings settings) {
        this.settings = settings;
    }

    /**
     * Sets the memory limit, 64 MiB by default. All caches of a JVM together use about two thirds of its heap, so the heap may allow less:
     * {@link #onWarning} reports that when the cache is built, and {@link Cache#memoryLimitBytes()} returns what is allowed. The limit
     * includes the large values that servers receive, which are in direct memory while that is available.
     *
     * @param bytes from {@link Cache#MEMORY_LIMIT_BYTES_MIN} to the machine's memory
     * @return this
     * @throws IllegalArgumentException if the limit is out of range
     */
    public CacheBuilder memoryLimitBytes(long bytes) {
        settings = settings.memoryLimitBytes(bytes);
        return this;
    }

    /**
     * Sets the maximum size of an item, as {@link Cache#itemSize} counts it. The default is 1 MiB, or half of the memory limit if
     * that is less.
     *
     * @param bytes from 1 KiB to 1 GiB, and at most half of the memory limit, which {@link #build} checks
     * @return this
     * @throws IllegalArgumentException if the size is less than 1 KiB or more than 1 GiB
     */
    public CacheBuilder maxItemSizeBytes(int bytes) {
        settings = settings.maxItemSizeBytes(bytes);
        return this;
    }

    /**
     * Sets whether live items are evicted when the memory limit is reached, as they are by default.
     *
     * @param enabled false to reject new items instead
     * @return this
     */
    public CacheBuilder eviction(boolean enabled) {
        settings = settings.evicts(enabled);
        return this;
    }

    /**
     * Sets whether items have a CAS unique, as they do by default.
     *
     * @param enabled false for items without one: it is always 0, and every compare-and-set fails
     * @return this
     */
    public CacheBuilder casEnabled(boolean enabled) {
        settings = settings.hasCasUniques(enabled);
        return this;
    }

    /**
     * Sets the clock by which items expire; by default the system clock. Tests can use a {@code TestClock}. A clock that implements {@link
     * ElapsedTimeSource} also measures elapsed time.
     *
     * @param source the clock; called by any thread that uses the cache
     * @return this
     */
    public CacheBuilder clock(InstantSource source) {
        settings = settings.clock(Objects.requireNonNull(source));
        return this;
    }

    /**
     * Sets the executor of background tasks: the removal of the items of a view that was cleared, and the calls of loaders that refresh items,
     * see {@link TypedCache#refreshAfter}. By default the common pool.
     *
     * @param executor runs the tasks. If it rejects a removal, the caller of the method does it; if it rejects a refresh, the refresh has failed.
     * @return this
     */
    public CacheBuilder executor(Executor executor) {
        this.executor = Objects.requireNonNull(executor);
        return this;
    }

    /**
     * Sets the consumer of warnings. A warning is issued when the cache is built or resized and the heap allows less than the memory limit,
     * when the caches of the JVM have exhausted their share of the heap, when a restored file is damaged, and when a save fails. By default
     * warnings are logged by the {@link System.Logger} named {@code io.github.embeddedmemcached}.
     *
     * @param consumer receives messages; called by any thread that uses or saves the cache, while no part of the cache is locked. It may
     *     save or close the cache; the warning of a save that it calls itself is logged. An exception that it throws for a warning about a
     *     file is logged too
     * @return this
     */
    public CacheBuilder onWarning(Consumer<String> consumer) {
        settings = settings.warnings(Objects.requireNonNull(consumer));
        return this;
    }

    /**
     * Names the cache: in {@link Cache#toString}, in messages for the log, in events of the Flight Recorder, and by an MBean
     * {@code io.github.embeddedmemcached:type=Cache,name=<name>}, which is registered with the platform's MBean server while the cache is
     * open. Without a name, the default, no MBean is registered. The first use of the MBean server takes about 100 ms in a JVM.
     *
     * <p>The name is quoted in the object name if it contains a comma, equals sign, colon, quote, asterisk, question mark or line feed. If
     * several caches have the same name, the key property {@code instance} is added to the object names of the second (2), the third (3)
     * and so on. Without the module {@code java.management} nothing is registered. A cache that is garbage-collected without having been
     * closed remains registered until its MBean is accessed or another named cache is built.
     *
     * @param name the name, not empty
     * @return this
     * @throws IllegalArgumentException if the name is empty
     */
    public CacheBuilder name(String name) {
        settings = settings.name(name);
        return this;
    }

    /**
     * Builds a cache. If it is restored from a damaged file, all intact items are restored, and {@link #onWarning} reports the loss.
     *
     * @return a new cache, empty unless it is restored
     * @throws IllegalArgumentException if the maximum item size is more than half of the memory limit
     * @throws IllegalStateException if {@link #saveEvery} or {@link #saveAtShutdown} is set without {@link #persistTo}
     * @throws UncheckedIOException if the file of {@link #restoreFrom} does not exist, a file cannot be read or is not a saved cache, or
     *     another cache uses that of {@link #persistTo}
     */
    public Cache build() {
        CacheEngine engine = new CacheEngine(settings);
        return new Cache(engine, executor, Persistence.open(engine, persistence, settings.warnings()));
    }

    // Persistence

    /**
     * Restores the items of a file that was written by {@link Cache#saveTo} or for {@link #persistTo}. The memory limit and all other settings
     * may be different: if the items exceed the limit, the most valuable ones are restored. {@link CacheStatistics#restored} returns the result.
     *
     * @param file must exist when the cache is built; ignored if a file of {@link #persistTo} exists
     * @return this
     * @throws IllegalArgumentException if it is not a file of the default file system
     */
    public CacheBuilder restoreFrom(Path file) {
        persistence = persistence.restoreFrom(file);
        return this;
    }

    /**
     * Makes the cache survive the application: its items are restored from a file if that exists, and saved to it when the cache is closed,
     * {@linkplain #saveEvery periodically}, and optionally {@linkplain #saveAtShutdown at the shutdown of the JVM}. Only one cache can
     * use a file: a second one, in this process or another, cannot be built. An empty file named after it with the suffix {@code .lock} remains.
     *
     * @param file in a directory that exists; readable by its owner only
     * @return this
     * @throws IllegalArgumentException if it is not a file of the default file system
     */
    public CacheBuilder persistTo(Path file) {
        persistence = persistence.persistTo(file);
        return this;
    }

    /**
     * Sets the interval at which a cache with {@link #persistTo} is saved if it was changed, 5 minutes by default. Reads, evictions and
     * expirations are not changes. A daemon thread saves the cache until it is closed. Without {@link #persistTo}, {@link #build}
     * rejects an interval other than zero.
     *
     * @param interval from 1 millisecond to 365 days; zero to save only when the cache is closed
     * @return this
     * @throws IllegalArgumentException if the interval is out of range
     */
    public CacheBuilder saveEvery(Duration interval) {
        persistence = persistence.saveEvery(interval);
        return this;
    }

    /**
     * Sets whether a cache with {@link #persistTo} is saved when the JVM shuts down, by a shutdown hook that exists until the cache is closed.
     * Off by default.
     *
     * @param enabled true for applications that may end without closing the cache
     * @return this
     */
    public CacheBuilder saveAtShutdown(boolean enabled) {
        persistence = persistence.saveAtShutdown(enabled);
        return this;
    }
}
