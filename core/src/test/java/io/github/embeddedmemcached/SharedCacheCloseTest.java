package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests that a server and the cache of the application can be closed in any order, by any thread. */
@Timeout(60)
class SharedCacheCloseTest {
    private static final byte[] VALUE = {'v'};
    private static final int ROUNDS = 50;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    private static EmbeddedMemcached serve(Cache cache) {
        return EmbeddedMemcached.builder().cache(cache).threads(2).start();
    }

    private static void assertClosed(EmbeddedMemcached server) {
        assertThat(server.isRunning()).isFalse();
        assertThat(server).asString().contains(", closed, ");
        assertThatThrownBy(() -> server.restart(Items.KEPT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has been closed; start another one");
    }

    @Test
    void shouldLeaveTheCacheOpenWhenAServerIsClosed() throws IOException {
        try (Cache cache = Cache.builder().build()) {
            cache.set("k", VALUE);
            EmbeddedMemcached first = serve(cache);
            first.close();
            first.close();
            assertThat(cache.get("k")).isEqualTo(VALUE);
            assertThat(first.cache()).isSameAs(cache);
            try (EmbeddedMemcached second = serve(cache);
                    SocketClient client = SocketClient.connect(second.address())) {
                client.send("get k\r\n").expect("VALUE k 0 1\r\nv\r\nEND\r\n");
            }
        }
    }

    @Test
    void shouldCloseTheServersOfAClosedCache() throws IOException {
        Cache cache = Cache.builder().build();
        EmbeddedMemcached running = serve(cache);
        EmbeddedMemcached stopped = serve(cache);
        EmbeddedMemcached paused = serve(cache);
        try (SocketClient client = SocketClient.connect(running.address())) {
            client.send("set k 0 0 1\r\nv\r\nset l 0 0 5\r\nha").expect("STORED\r\n");
            stopped.stop();
            paused.pause();
            cache.close();
            cache.close();
            assertThat(client.readUntilClosed()).isEmpty();
        }
        for (EmbeddedMemcached server : List.of(running, stopped, paused)) {
            assertClosed(server);
            assertThatThrownBy(server::pause).isInstanceOf(IllegalStateException.class);
            server.stop();
            server.close();
        }
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldCloseAServerTogetherWithItsOwnCache() {
        EmbeddedMemcached owner = EmbeddedMemcached.start();
        EmbeddedMemcached other = serve(owner.cache());
        owner.cache().close();
        assertClosed(owner);
        assertClosed(other);
    }

    @Test
    void shouldCloseTheServersOfACacheThatAnotherServerOwns() {
        EmbeddedMemcached owner = EmbeddedMemcached.start();
        EmbeddedMemcached other = serve(owner.cache());
        owner.close();
        assertClosed(other);
    }

    @Test
    void shouldSaveWhatClientsStoredBeforeTheCacheWasClosed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("items");
        Cache saved = Cache.builder().persistTo(file).saveEvery(Duration.ZERO).build();
        try (SocketClient client = SocketClient.connect(serve(saved).address())) {
            client.send("set k 0 0 1\r\nv\r\n").expect("STORED\r\n");
            saved.close();
        }
        try (Cache restored =
                Cache.builder().persistTo(file).saveEvery(Duration.ZERO).build()) {
            assertThat(restored.get("k")).isEqualTo(VALUE);
        }
    }

    @Test
    void shouldRejectAClosedCache(@TempDir Path folder) {
        Cache cache = Cache.builder().build();
        cache.close();
        Path socket = folder.resolve("socket");
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().cache(cache).unixSocket(socket);
        assertThatThrownBy(builder::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the cache has been closed: a server cannot serve it");
        assertThat(socket).doesNotExist();
    }

    // ---- concurrent calls

    private void runAll(Runnable... actions) throws Exception {
        CyclicBarrier begin = new CyclicBarrier(actions.length);
        List<Future<?>> running = new ArrayList<>();
        for (Runnable action : actions) {
            running.add(threads.submit(() -> {
                begin.await();
                action.run();
                return null;
            }));
        }
        for (Future<?> action : running) {
            action.get();
        }
    }

    @Test
    void shouldCloseCacheAndServersConcurrently() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            EmbeddedMemcached owner = EmbeddedMemcached.builder().threads(1).start();
            Cache cache = owner.cache();
            EmbeddedMemcached first = serve(cache);
            EmbeddedMemcached second = serve(cache);
            runAll(cache::close, first::close, cache::close, second::close, owner::close);
            assertClosed(owner);
            assertClosed(first);
            assertClosed(second);
        }
    }

    @Test
    void shouldLeaveNoItemsInACacheThatClientsUse() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Cache cache = Cache.builder().build();
            EmbeddedMemcached server = serve(cache);
            CountDownLatch used = new CountDownLatch(2);
            Future<?> first = threads.submit(() -> storeUntilClosed(server, used));
            Future<?> second = threads.submit(() -> storeUntilClosed(server, used));
            used.await();
            cache.close();
            assertThat(cache.statistics().items()).isZero();
            first.get();
            second.get();
            assertThat(cache.statistics().items()).isZero();
        }
    }

    private static void storeUntilClosed(EmbeddedMemcached server, CountDownLatch used) {
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("set k 0 0 1\r\nv\r\n").expect("STORED\r\n");
            used.countDown();
            for (int i = 0; ; i++) {
                client.send("set k" + i + " 0 0 1 noreply\r\nv\r\n");
            }
        } catch (IOException e) {
            assertThat(server.isRunning()).isFalse();
        }
    }

    @Test
    void shouldCloseAServerThatStartsWhileTheCacheIsClosed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Cache cache = Cache.builder().build();
            List<EmbeddedMemcached> started = new ArrayList<>(); // used by one thread until all have ended
            runAll(cache::close, () -> {
                try {
                    started.add(serve(cache));
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageStartingWith("the cache has been closed");
                }
            });
            started.forEach(SharedCacheCloseTest::assertClosed);
        }
    }

    // ---- threads of servers

    @Test
    void shouldCloseTheCacheFromAThreadOfAServer() throws Exception {
        Cache cache = Cache.builder().build();
        EmbeddedMemcached server = serve(cache);
        cache.addRemovalListener(removal -> cache.close());
        cache.set("k", VALUE);
        cache.set("l", VALUE);
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("delete k\r\n").readUntilClosed();
        }
        eventually("the items are dropped", () -> cache.statistics().items() == 0);
        assertClosed(server);
        assertThatThrownBy(() -> cache.get("l")).hasMessageContaining("the cache has been closed");
    }

    @Test
    void shouldCloseTheCacheFromThreadsOfTwoServersAtOnce() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Cache cache = Cache.builder().build();
            EmbeddedMemcached first = serve(cache);
            EmbeddedMemcached second = serve(cache);
            CyclicBarrier both = new CyclicBarrier(2);
            cache.addRemovalListener(removal -> {
                await(both);
                cache.close();
            });
            cache.set("k", VALUE);
            cache.set("l", VALUE);
            cache.set("m", VALUE);
            try (SocketClient client = SocketClient.connect(first.address());
                    SocketClient other = SocketClient.connect(second.address())) {
                client.send("delete k\r\n");
                other.send("delete l\r\n");
                client.readUntilClosed();
                other.readUntilClosed();
            }
            eventually("the items are dropped", () -> cache.statistics().items() == 0);
            assertClosed(first);
            assertClosed(second);
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
