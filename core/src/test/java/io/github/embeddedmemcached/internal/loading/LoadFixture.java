package io.github.embeddedmemcached.internal.loading;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheBuilder;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.ResourceBundle;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cache with a frozen clock, its loads, an executor that runs what a test lets it run, and a session of a wire client. */
final class LoadFixture implements AutoCloseable {
    static final LoadPolicy MINUTE = LoadPolicy.of(60_000);
    /** Lives for 60 s and is refreshed in the last 50. */
    static final LoadPolicy REFRESHED = MINUTE.refreshAfter(10_000);

    final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    final ManualExecutor refresher = new ManualExecutor();
    final AtomicLong nanos = new AtomicLong();
    final TestLogger logger = new TestLogger();
    final Cache cache;
    final CacheEngine engine;
    final Loads loads;
    private final ServerContext context;
    private final ClientSession session;

    LoadFixture() {
        this(Cache.builder());
    }

    LoadFixture(CacheBuilder builder) {
        cache = builder.clock(clock).build();
        engine = Engines.of(cache);
        loads = new Loads(engine, refresher, UnaryOperator.identity(), nanos::get, logger);
        context = new ServerContext(engine, ServerSettings.defaults(), clock);
        session = new ClientSession(context);
    }

    @Override
    public void close() {
        assertThat(loads.waitingCount()).isZero();
        session.close();
        context.close();
        loads.close();
        cache.checkIntegrity();
        cache.close();
    }

    /** Executes tasks when a test asks for it. */
    static final class ManualExecutor implements Executor {
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean rejects;

        @Override
        public synchronized void execute(Runnable task) {
            if (rejects) {
                throw new RejectedExecutionException("the queue is full");
            }
            tasks.add(task);
        }

        synchronized void rejects(boolean rejects) {
            this.rejects = rejects;
        }

        synchronized int size() {
            return tasks.size();
        }

        void runNext() {
            Runnable task;
            synchronized (this) {
                task = tasks.remove();
            }
            task.run();
        }
    }

    /** Keeps messages, and lets a test run code for each one. */
    static final class TestLogger implements System.Logger {
        final List<String> messages = new ArrayList<>(); // of the thread that logs
        volatile Runnable action = () -> {};

        @Override
        public String getName() {
            return "test";
        }

        @Override
        public boolean isLoggable(Level level) {
            return true;
        }

        @Override
        public void log(
                Level level, @Nullable ResourceBundle bundle, @Nullable String message, @Nullable Throwable thrown) {
            messages.add(level + " " + message);
            action.run();
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... parameters) {
            messages.add(level + " " + format);
        }
    }

    /** A loader that blocks until it is released, and counts its calls. */
    static final class GatedLoader implements Callable<@Nullable LoadedValue> {
        final AtomicInteger calls = new AtomicInteger();
        final CountDownLatch gate = new CountDownLatch(1);
        private final Callable<@Nullable LoadedValue> result;

        GatedLoader(Callable<@Nullable LoadedValue> result) {
            this.result = result;
        }

        GatedLoader(String value) {
            this(() -> loaded(value));
        }

        @Override
        public @Nullable LoadedValue call() throws Exception {
            calls.incrementAndGet();
            gate.await();
            return result.call();
        }

        void awaitCall() {
            eventually("the loader is called", () -> calls.get() > 0);
        }
    }

    /** A call in a thread of its own. */
    static final class Call<T extends @Nullable Object> {
        private final FutureTask<T> task;
        final Thread thread;

        Call(Callable<T> action) {
            task = new FutureTask<>(action);
            thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }

        T get() throws ExecutionException, InterruptedException, TimeoutException {
            return task.get(20, TimeUnit.SECONDS);
        }

        Throwable failure() throws InterruptedException, TimeoutException {
            try {
                throw new AssertionError("returned " + task.get(20, TimeUnit.SECONDS));
            } catch (ExecutionException e) {
                return Objects.requireNonNull(e.getCause());
            }
        }

        boolean isDone() {
            return task.isDone();
        }
    }

    static LoadedValue loaded(String value) {
        return new LoadedValue(value.getBytes(UTF_8));
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static @Nullable String text(byte @Nullable [] bytes) {
        return bytes == null ? null : new String(bytes, UTF_8);
    }

    @Nullable String get(String key, LoadPolicy policy, Callable<@Nullable LoadedValue> action) {
        return text(loads.get(bytes(key), policy, action));
    }

    List<@Nullable String> getAll(LoadPolicy policy, BulkLoadAction action, String... keys) {
        List<@Nullable String> values = new ArrayList<>();
        for (byte[] value : loads.getAll(Stream.of(keys).map(LoadFixture::bytes).toList(), policy, action)) {
            values.add(text(value));
        }
        return values;
    }

    @Nullable String getRefreshed(String loaded) {
        return get("k", REFRESHED, () -> loaded(loaded));
    }

    @Nullable String get(String key, String loaded) {
        return get(key, MINUTE, () -> loaded(loaded));
    }

    Call<@Nullable String> start(String key, LoadPolicy policy, Callable<@Nullable LoadedValue> action) {
        return new Call<>(() -> get(key, policy, action));
    }

    /** Runs the next refresh in a thread of its own, and waits until it calls the loader. */
    Call<Void> runRefresh(GatedLoader loader) {
        Call<Void> executor = new Call<>(() -> {
            refresher.runNext();
            return null;
        });
        loader.awaitCall();
        return executor;
    }

    /** Returns the stored value; null if there is none. */
    @Nullable String stored(String key) {
        ItemView view = new ItemView();
        return engine.peek(bytes(key), 0, bytes(key).length, view) ? text(view.value()) : null;
    }

    void set(String key, String value, long millisToLive) {
        ItemUpdate update =
                new ItemUpdate().key(bytes(key), 0, bytes(key).length).value(bytes(value), 0, bytes(value).length);
        engine.store(StoreMode.SET, millisToLive == 0 ? update : update.timeToLive(millisToLive));
    }

    /** Waits until a number of threads wait for loads. */
    void awaitWaiting(int threads) {
        eventually(threads + " threads wait", () -> loads.waitingCount() == threads);
    }

    void advanceSeconds(long seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    long count(Statistic counter) {
        return cache.statistics().get(counter);
    }

    /** Sends requests of the text protocol and returns the replies. Lines end with a vertical bar. */
    String wire(String requests) {
        ByteBuffer input = ByteBuffer.allocate(2 * context.inputLengthMax());
        input.put(requests.replace("|", "\r\n").getBytes(ISO_8859_1)).flip();
        ReplyBuffer output = new ReplyBuffer(ReplyBuffer.DEFAULT_HIGH_WATER);
        session.process(input, output);
        return new String(output.takeBytes(), ISO_8859_1).replace("\r\n", "|");
    }
}
