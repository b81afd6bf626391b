package io.github.embeddedmemcached.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads store, read, delete and flush checksummed values in-process and over sockets, in a cache that is too small for them, while they
 * are interrupted. Each thread stores its own keys and reads the keys of all threads: its own items have the version that it stored last
 * or do not exist; items of other threads never return to an older version. The system property {@code stress.seconds} sets the duration
 * of the nightly test.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StressTest {
    private static final int THREADS = 4;
    private static final int KEYS = 300;
    private static final int LENGTH_MAX = 3_000;
    private static final int LARGE_LENGTH = 30_000;
    /** The first JDK that has virtual threads. */
    private static final int VIRTUAL_THREADS_VERSION = 21;

    private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long LONG_SECONDS = Long.getLong("stress.seconds", 60);
    private static final long INTERRUPT_NANOS = 300_000;

    private final EmbeddedMemcached server =
            EmbeddedMemcached.builder().memoryLimitBytes(1 << 20).threads(2).start();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder hits = new LongAdder();
    private final LongAdder hitsOfOthers = new LongAdder();
    private volatile boolean isDone;

    /** The generation of each key, a part of its name: a key is replaced if the connection is lost while it is written. */
    private final AtomicIntegerArray generations = new AtomicIntegerArray(THREADS * KEYS);

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void shouldNeverReturnWrongValueInProcess() throws Exception {
        stress(SHORT_NANOS, Thread::new, this::inProcess);
    }

    @Test
    void shouldNeverReturnWrongValueOverSockets() throws Exception {
        stress(SHORT_NANOS, Thread::new, () -> new SocketStressClient(server.address()));
    }

    @Test
    void shouldNeverReturnWrongValueToVirtualThreads() throws Exception {
        Optional<ThreadSource> virtual = virtualThreads();
        assertThat(virtual.isPresent()).isEqualTo(Runtime.version().feature() >= VIRTUAL_THREADS_VERSION);
        ThreadSource source = virtual.orElse(Thread::new); // more platform threads on an older JDK
        stress(SHORT_NANOS, source, this::inProcess);
        stress(SHORT_NANOS, source, () -> new SocketStressClient(server.address()));
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldNeverReturnWrongValueForLongTime() throws Exception {
        long nanos = TimeUnit.SECONDS.toNanos(LONG_SECONDS);
        ThreadSource source = virtualThreads().orElse(Thread::new);
        stress(nanos, Thread::new, this::inProcess);
        stress(nanos, Thread::new, () -> new SocketStressClient(server.address()));
        stress(nanos, source, this::inProcess);
        stress(nanos, source, () -> new SocketStressClient(server.address()));
    }

    /** Runs for the given time, and until each kind of read has had a hit and items have been evicted. */
    private void stress(long nanos, ThreadSource source, Connector connector) throws InterruptedException {
        server.cache().flushAll();
        server.cache().resetStatistics();
        hits.reset();
        hitsOfOthers.reset();
        isDone = false;
        List<Thread> threads = new ArrayList<>();
        for (int owner = 0; owner < THREADS; owner++) {
            threads.add(source.create(new Worker(owner, connector)));
        }
        threads.forEach(Thread::start);
        SplittableRandom random = new SplittableRandom(1);
        long begin = System.nanoTime();
        while (failures.isEmpty() && (System.nanoTime() - begin < nanos || isCoverageIncomplete())) {
            LockSupport.parkNanos(INTERRUPT_NANOS);
            threads.get(random.nextInt(THREADS)).interrupt();
        }
        isDone = true;
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(thread.isAlive()).as("a thread is still running").isFalse();
        }
        assertThat(failures).isEmpty();
        server.cache().checkIntegrity();
        assertThat(server.cache().set("after", new byte[1])).isEqualTo(StoreResult.STORED);
        assertThat(server.cache().get("after")).isNotNull();
    }

    private boolean isCoverageIncomplete() {
        return hits.sum() == 0
                || hitsOfOthers.sum() == 0
                || server.cache().statistics().get(Statistic.EVICTIONS) == 0;
    }

    /** The operations of one thread. */
    private final class Worker implements Runnable {
        private final int owner;
        private final Connector connector;
        private final SplittableRandom random;
        private final long[] stored = new long[KEYS]; // the last version, or 0 if there is none
        private final Map<String, Long> readVersions =
                new HashMap<>(); // the newest version read of other threads' keys
        private @Nullable StressClient client;
        private long version;

        Worker(int owner, Connector connector) {
            this.owner = owner;
            this.connector = connector;
            random = new SplittableRandom(owner);
        }

        @Override
        public void run() {
            try {
                while (!isDone) {
                    workUntilDisconnected();
                }
            } catch (Throwable e) {
                failures.add(e);
            }
        }

        /** Executes operations until the connection is lost: an interrupt closes the socket of a virtual thread. */
        private void workUntilDisconnected() {
            int key = random.nextInt(KEYS);
            try {
                while (!isDone) {
                    key = random.nextInt(KEYS);
                    if (client == null) {
                        client = connector.connect();
                    }
                    step(client, key);
                    if (random.nextInt(8) == 0) {
                        Thread.interrupted();
                    }
                }
                client().close();
            } catch (IOException e) {
                Thread.interrupted();
                // The server may execute this operation later than the next ones.
                generations.incrementAndGet(owner * KEYS + key);
                stored[key] = 0;
                client = null;
            }
        }

        private StressClient client() throws IOException {
            return client == null ? connector.connect() : client;
        }

        private void step(StressClient client, int key) throws IOException {
            int choice = random.nextInt(1_000);
            int number = number(owner, key);
            String name = ChecksummedValue.key(owner, number);
            if (choice < 300) {
                store(client, key, number);
            } else if (choice < 600) {
                byte[] value = client.get(name);
                if (value != null) {
                    long found = ChecksummedValue.version(owner, number, value);
                    if (found != stored[key]) {
                        throw new AssertionError(name + ": read version " + found + ", stored " + stored[key]);
                    }
                    hits.increment();
                }
            } else if (choice < 950) {
                readOther(client, key);
            } else if (choice < 999) {
                client.delete(name);
                stored[key] = 0;
            } else {
                client.flushAll();
            }
        }

        private void store(StressClient client, int key, int number) throws IOException {
            int length =
                    random.nextInt(100) == 0 ? LARGE_LENGTH : ChecksummedValue.LENGTH_MIN + random.nextInt(LENGTH_MAX);
            byte[] value = ChecksummedValue.of(owner, number, ++version, length);
            boolean isStored = client.set(ChecksummedValue.key(owner, number), value, random.nextInt(10) == 0 ? 1 : 0);
            stored[key] = isStored ? version : 0; // without memory the old item is removed too
        }

        private int number(int owner, int key) {
            return key + KEYS * generations.get(owner * KEYS + key);
        }

        private void readOther(StressClient client, int key) throws IOException {
            int other = random.nextInt(THREADS);
            int number = number(other, key);
            String name = ChecksummedValue.key(other, number);
            byte[] value = client.get(name);
            if (value != null) {
                long found = ChecksummedValue.version(other, number, value);
                Long newest = readVersions.put(name, found);
                if (newest != null && found < newest) {
                    throw new AssertionError(name + ": version " + found + " after " + newest);
                }
                hitsOfOthers.increment();
            }
        }
    }

    private StressClient inProcess() {
        Cache cache = server.cache();
        return new StressClient() {
            @Override
            public byte @Nullable [] get(String key) {
                return cache.get(key);
            }

            @Override
            public boolean set(String key, byte[] value, int exptimeSeconds) {
                return MemcachedOperations.set(cache, key, value, 0, exptimeSeconds) == StoreResult.STORED;
            }

            @Override
            public boolean delete(String key) {
                return cache.delete(key) == DeleteResult.DELETED;
            }

            @Override
            public void flushAll() {
                cache.flushAll();
            }

            @Override
            public void close() {}
        };
    }

    private static Optional<ThreadSource> virtualThreads() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Class<?> builder = Class.forName("java.lang.Thread$Builder$OfVirtual");
            MethodHandle ofVirtual = lookup.findStatic(Thread.class, "ofVirtual", MethodType.methodType(builder));
            MethodHandle unstarted =
                    lookup.findVirtual(builder, "unstarted", MethodType.methodType(Thread.class, Runnable.class));
            return Optional.of(work -> {
                try {
                    return (Thread) unstarted.invoke(ofVirtual.invoke(), work);
                } catch (Throwable e) {
                    throw new AssertionError(e);
                }
            });
        } catch (ReflectiveOperationException e) {
            return Optional.empty(); // before JDK 21
        }
    }

    /** Creates a platform or a virtual thread. */
    private interface ThreadSource {
        Thread create(Runnable work);
    }

    /** Connects a client. */
    private interface Connector {
        StressClient connect() throws IOException;
    }
}
