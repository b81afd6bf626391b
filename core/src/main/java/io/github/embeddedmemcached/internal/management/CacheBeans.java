package io.github.embeddedmemcached.internal.management;

import io.github.embeddedmemcached.cache.SaveResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import io.github.embeddedmemcached.internal.snapshot.Persistence;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/** The MBeans of caches. */
public final class CacheBeans {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final SaveResult NEVER_SAVED = new SaveResult(0, 0, Duration.ZERO);

    /** The attributes and operations; each is one line. */
    private static final BeanDescription<Persistence, State> DESCRIPTION = new BeanDescription<Persistence, State>(
                    "Cache", "A cache of embedded-memcached. Counters begin when it is built or they are reset.")
            .text("Name", "The name of the cache", State::name)
            .number("LimitBytes", "bytes", "The memory limit in force", s -> s.statistics.limitBytes())
            .number("RequestedLimitBytes", "bytes", "The requested limit", s -> s.statistics.requestedLimitBytes())
            .number("UsedBytes", "bytes", "The memory in use", s -> s.statistics.usedBytes())
            .number("ItemBytes", "bytes", "The total size of the items", s -> s.statistics.itemBytes())
            .number("Items", "items", "The number of items", s -> s.statistics.items())
            .fraction("HitRatio", "", "Hits per get; NaN without gets", s -> s.statistics.hitRatio())
            .number("Gets", "gets", "Keys requested by gets", s -> s.statistics.gets())
            .number("Hits", "gets", "Gets that found their item", s -> s.get(Statistic.GET_HITS))
            .number("Misses", "gets", "Gets that did not find their item", s -> s.get(Statistic.GET_MISSES))
            .number("Sets", "commands", "Storage commands", s -> s.get(Statistic.CMD_SET))
            .number("Evictions", "items", "Live items evicted to free memory", s -> s.get(Statistic.EVICTIONS))
            .number("Expirations", "items", "Items dropped because they had expired", s -> s.statistics.expirations())
            .number(
                    "RejectedStores",
                    "values",
                    "Values rejected: too large, or no memory",
                    s -> s.statistics.rejectedStores())
            .number("CasHits", "commands", "Stores with a matching CAS unique", s -> s.get(Statistic.CAS_HITS))
            .number("CasMisses", "commands", "Stores with a CAS unique, no item", s -> s.get(Statistic.CAS_MISSES))
            .number("CasBadval", "commands", "Stores with another CAS unique", s -> s.get(Statistic.CAS_BADVAL))
            .number("Loads", "loads", "Calls of loaders", s -> s.get(Statistic.LOADS))
            .number("LoadFailures", "loads", "Calls of loaders that failed", s -> s.get(Statistic.LOAD_FAILURES))
            .fraction("AverageLoadTime", "ms", "The mean duration of a call of a loader", State::averageLoadMillis)
            .number(
                    "UnreadableValues",
                    "values",
                    "Restored values that no codec could read",
                    s -> s.get(Statistic.VALUES_UNREADABLE))
            .number("Saves", "saves", "Times that the cache was saved to a file", s -> s.get(Statistic.SAVES))
            .number("FailedSaves", "saves", "Saves that failed", s -> s.get(Statistic.SAVES_FAILED))
            .number("LastSaveItems", "items", "The number of items in the last save", s -> s.lastSave.items())
            .number("LastSaveBytes", "bytes", "The length of the last saved file", s -> s.lastSave.bytes())
            .fraction("LastSaveTime", "ms", "The duration of the last save; 0 if there was none", State::lastSaveMillis)
            .fraction("GetsPerSecond", "gets/s", rate("Gets"), s -> s.rates[0])
            .fraction("SetsPerSecond", "commands/s", rate("Storage commands"), s -> s.rates[1])
            .fraction("EvictionsPerSecond", "items/s", rate("Evictions"), s -> s.rates[2])
            .fraction("ExpirationsPerSecond", "items/s", rate("Expirations"), s -> s.rates[3])
            .operation("flushAll", void.class, "", "Drops all items", (cache, none) -> {
                cache.engine().flushAll(0);
                return null;
            })
            .operation(
                    "resize",
                    boolean.class,
                    "limitBytes",
                    "Changes the memory limit; false if it is unchanged",
                    (cache, bytes) -> cache.engine().resize(bytes))
            .operation("save", void.class, "", "Saves the cache to its file", (cache, none) -> {
                cache.save();
                return null;
            })
            .operation("resetStatistics", void.class, "", "Sets all counters to 0", (cache, none) -> {
                cache.engine().resetStatistics();
                return null;
            });

    private CacheBeans() {}

    /** A snapshot of a cache. */
    private record State(String name, EngineStatistics statistics, SaveResult lastSave, double[] rates) {
        long get(Statistic counter) {
            return statistics.get(counter);
        }

        double lastSaveMillis() {
            return lastSave.elapsed().toNanos() / NANOS_PER_MILLI;
        }

        double averageLoadMillis() {
            return statistics.averageLoadNanos() / NANOS_PER_MILLI;
        }
    }

    /** Returns the description of a rate, which all MBeans of this library compute alike. */
    public static String rate(String counter) {
        return counter + " per second since the previous read, but over at least one second";
    }

    /** Registers an MBean for a cache, which has a name. Returns an action that unregisters it. */
    public static Runnable register(Persistence cache, String name) {
        return register(cache, name, System::nanoTime);
    }

    static Runnable register(Persistence cache, String name, LongSupplier nanoTime) {
        Rates rates = new Rates(nanoTime, 0, 0, 0, 0);
        return ManagedBeans.register(DESCRIPTION, name, cache, target -> state(target, name, rates));
    }

    private static State state(Persistence cache, String name, Rates rates) {
        SaveResult lastSave = Objects.requireNonNullElse(cache.lastSave(), NEVER_SAVED);
        EngineStatistics statistics = cache.engine().statistics();
        double[] current = rates.update(
                statistics.gets(),
                statistics.get(Statistic.CMD_SET),
                statistics.get(Statistic.EVICTIONS),
                statistics.expirations());
        return new State(name, statistics, lastSave, current);
    }
}
