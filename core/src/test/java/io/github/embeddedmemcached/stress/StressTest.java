package io.github.embeddedmemcached.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.DeleteResult;
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
 * Threads store, read, delete and flush checksummed values in-process and over sockets, in a cache that is far too small, while they
 * are interrupted. Each thread stores its own keys and reads those of all: its own items have the version that it stored last or do not
 * exist; those of others never return to an older version. The system property {@code stress.seconds} sets the duration of the long form.
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

    /** By how much each key's number is a multiple of {@link #KEYS}: a key is replaced when a connection is lost while it is written. */
    private final AtomicIntegerArray generations = new AtomicIntegerArray(THREADS * KEYS);

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void shouldNeverShowAWrongValueInProcess() throws Exception {
        stress(SHORT_NANOS, Thread::new, this::inProcess);
    }

    @Test
    void shouldNeverShowAWrongValueOverSockets() throws Exception {
        stress(SHORT_NANOS, Thread::new, () -> new SocketStressClient(server.address()));
    }

    @Test
    void shouldNeverShowAWrongValueToVirtualThreads() throws Exception {
        Optional<ThreadMaker> virtual = virtualThreads();
        assertThat(virtual.isPresent()).isEqualTo(Runtime.version().feature() >= VIRTUAL_THREADS_VERSION);
        ThreadMaker maker = virtual.orElse(Thread::new); // more platform threads on an older JDK
        stress(SHORT_NANOS, maker, this::inProcess);
        stress(SHORT_NANOS, maker, () -> new SocketStressClient(server.address()));
    }

    @Test
    @Tag("nightly")
    @Timeout(value = 2, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldNeverShowAWrongValueForALongTime() throws Exception {
        long nanos = TimeUnit.SECONDS.toNanos(LONG_SECONDS);
        ThreadMaker maker = virtualThreads().orElse(Thread::new);
        stress(nanos, Thread::new, this::inProcess);
        stress(nanos, Thread::new, () -> new SocketStressClient(server.address()));
        stress(nanos, maker, this::inProcess);
        stress(nanos, maker, () -> new SocketStressClient(server.address()));
    }

    /** Runs for some time, and until each kind of read has had a hit and items were evicted. */
    private void stress(long nanos, ThreadMaker maker, Connector connector) throws InterruptedException {
        server.cache().flushAll();
        server.cache().resetStatistics();
        hits.reset();
        hitsOfOthers.reset();
        isDone = false;
        List<Thread> threads = new ArrayList<>();
        for (int owner = 0; owner < THREADS; owner++) {
            threads.add(maker.make(new Worker(owner, connector)));
        }
        threads.forEach(Thread::start);
        SplittableRandom random = new SplittableRandom(1);
        long begin = System.nanoTime();
        while (failures.isEmpty() && (System.nanoTime() - begin < nanos || hasMissedSomething())) {
            LockSupport.parkNanos(INTERRUPT_NANOS);
            threads.get(random.nextInt(THREADS)).interrupt();
        }
        isDone = true;
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(thread.isAlive()).as("a thread runs for too long").isFalse();
        }
        assertThat(failures).isEmpty();
        server.cache().checkIntegrity();
        assertThat(server.cache().set("after", new byte[1])).isEqualTo(StoreResult.STORED);
        assertThat(server.cache().get("after")).isNotNull();
    }

    private boolean hasMissedSomething() {
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
        private final Map<String, Long> seen = new HashMap<>(); // the newest version of keys of others
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
                    work();
                }
            } catch (Throwable e) {
                failures.add(e);
            }
        }

        /** Runs until the connection is lost: an interrupt closes the socket of a virtual thread. */
        private void work() {
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
                // The server may still receive the bytes that were sent, later than those sent next.
                generations.incrementAndGet(owner * KEYS + key);
                stored[key] = 0;
                client = null;
            }
        }

        private StressClient client() throws IOException {
            return client == null ? connector.connect() : client;
        }

        private void step(StressClient client, int key) throws IOException {
            int dice = random.nextInt(1_000);
            int number = number(owner, key);
            String name = ChecksummedValue.key(owner, number);
            if (dice < 300) {
                store(client, key, number);
            } else if (dice < 600) {
                byte[] value = client.get(name);
                if (value != null) {
                    long found = ChecksummedValue.version(owner, number, value);
                    if (found != stored[key]) {
                        throw new AssertionError(name + ": read version " + found + ", stored " + stored[key]);
                    }
                    hits.increment();
                }
            } else if (dice < 950) {
                readOther(client, key);
            } else if (dice < 999) {
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
                Long newest = seen.put(name, found);
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
                return cache.set(key, value, 0, exptimeSeconds) == StoreResult.STORED;
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

    private static Optional<ThreadMaker> virtualThreads() {
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
    private interface ThreadMaker {
        Thread make(Runnable work);
    }

    /** Connects a client. */
    private interface Connector {
        StressClient connect() throws IOException;
    }
}
