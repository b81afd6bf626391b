package io.github.embeddedmemcached.bench.ttl;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.embeddedmemcached.bench.engine.CaffeineStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs with a simulated clock. As in memcached, items expire at the start of a second. */
final class SimulatedRuns {
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Workload workload;
    private long now;
    private long gets;
    private long misses;

    // sampled once per second, in the second half
    private int samples;
    private double items;
    private double bytes;

    private SimulatedRuns(Workload workload) {
        this.workload = workload;
    }

    /** What a simulated cache does. */
    private interface Target {
        boolean contains(int request);

        void store(int request);

        /** Removes expired items, and counts the others. */
        void sample();
    }

    /**
     * Runs the workload in a cache without a memory limit that removes each item when it expires.
     *
     * @return the fewest possible misses, and the items that are alive
     */
    static TtlResult unlimited(Workload workload) {
        SimulatedRuns run = new SimulatedRuns(workload);
        return run.run(run.new Unlimited());
    }

    /** Runs the workload in Caffeine, with a variable expiration and with weights that include the heap overhead of an entry. */
    static TtlResult caffeine(Workload workload, long limitBytes) {
        SimulatedRuns run = new SimulatedRuns(workload);
        return run.run(run.new InCaffeine(limitBytes));
    }

    private TtlResult run(Target target) {
        int second = 0;
        for (int i = 0; i < workload.requests(); i++) {
            now = (long) (workload.due(i) * NANOS_PER_SECOND);
            if (now / NANOS_PER_SECOND > second) {
                second++;
                if (second > workload.seconds() / 2) {
                    samples++;
                    target.sample();
                }
            }
            boolean isFilled = workload.isSet(i);
            if (!isFilled) {
                gets++;
                if (!target.contains(i)) {
                    misses++;
                    isFilled = workload.fillsMiss(i);
                }
            }
            if (isFilled) {
                target.store(i);
            }
        }
        return new TtlResult(gets, misses, items / samples, bytes / samples, 0, 0);
    }

    private long expiryNanos(int request) {
        return (now / NANOS_PER_SECOND + workload.ttl(request)) * NANOS_PER_SECOND;
    }

    private final class Unlimited implements Target {
        private record Entry(long expiryNanos, int bytes) {}

        private final Map<Integer, Entry> entries = new HashMap<>();

        @Override
        public boolean contains(int request) {
            Entry entry = entries.get(workload.id(request));
            return entry != null && entry.expiryNanos > now;
        }

        @Override
        public void store(int request) {
            entries.put(workload.id(request), new Entry(expiryNanos(request), workload.itemBytes(request)));
        }

        @Override
        public void sample() {
            entries.values().removeIf(entry -> entry.expiryNanos <= now);
            items += entries.size();
            entries.values().forEach(entry -> bytes += entry.bytes);
        }
    }

    private final class InCaffeine implements Target {
        private record Entry(int bytes, long expiryNanos) {}

        private final Cache<Integer, Entry> cache;

        InCaffeine(long limitBytes) {
            cache = Caffeine.newBuilder()
                    .maximumWeight(limitBytes)
                    .weigher((Integer key, Entry entry) -> entry.bytes)
                    .executor(Runnable::run)
                    .ticker(() -> now)
                    .expireAfter(
                            Expiry.writing((Integer key, Entry entry) -> Duration.ofNanos(entry.expiryNanos - now)))
                    .build();
        }

        @Override
        public boolean contains(int request) {
            return cache.getIfPresent(workload.id(request)) != null;
        }

        @Override
        public void store(int request) {
            int entryBytes = workload.itemBytes(request) - Workload.ITEM_OVERHEAD + CaffeineStore.OWN_BYTES;
            cache.put(workload.id(request), new Entry(entryBytes, expiryNanos(request)));
        }

        @Override
        public void sample() {
            items += cache.estimatedSize();
            cache.policy()
                    .eviction()
                    .ifPresent(eviction -> bytes += eviction.weightedSize().orElse(0));
        }
    }
}
