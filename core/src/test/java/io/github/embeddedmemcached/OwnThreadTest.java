package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.server.SocketClient;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server's own threads ask of it, from within a clock: they can't wait for their own end. */
@Timeout(60)
class OwnThreadTest {
    private final AtomicReference<@Nullable Runnable> action = new AtomicReference<>();
    private final InstantSource clock = this::now;

    private Instant now() {
        Runnable armed = action.get();
        if (armed != null && Thread.currentThread().getName().startsWith("embedded-memcached-")) {
            action.set(null);
            armed.run();
        }
        return Clock.systemUTC().instant();
    }

    /** Has an action done by one of the server's threads, and returns when that thread is through with it. */
    private void runOnOwnThread(EmbeddedMemcached memcached, Consumer<EmbeddedMemcached> what) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("get k\r\n").expect("END\r\n");
            action.set(() -> {
                what.accept(memcached);
                done.countDown();
            });
            client.send("stats\r\n");
            client.readUntilClosed();
            done.await();
        }
    }

    private EmbeddedMemcached start() {
        return EmbeddedMemcached.builder().clock(clock).threads(2).start();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("embedded-memcached-"))
                .count();
    }

    @Test
    void shouldCloseFromItsOwnThread() throws Exception {
        EmbeddedMemcached memcached = start();
        runOnOwnThread(memcached, EmbeddedMemcached::close);
        memcached.awaitClose();
        assertThat(memcached.isRunning()).isFalse();
        assertThat(memcached).asString().contains(", closed, ");
        eventually("no thread is left", () -> threads() == 0);
    }

    @Test
    void shouldStopFromItsOwnThreadAndComeBack() throws Exception {
        try (EmbeddedMemcached memcached = start()) {
            for (int i = 0; i < 20; i++) {
                runOnOwnThread(memcached, EmbeddedMemcached::stop);
                assertThat(memcached.isRunning()).isFalse();
                memcached.restart(EmbeddedMemcached.Items.KEPT);
                assertThat(memcached.isRunning()).isTrue();
            }
        }
        eventually("no thread is left", () -> threads() == 0);
    }

    @Test
    void shouldNotWaitForAThreadThatWaitsForIt() throws Exception {
        EmbeddedMemcached memcached = start();
        CountDownLatch inTheAction = new CountDownLatch(1);
        Thread closer = new Thread(() -> {
            try {
                inTheAction.await();
                memcached.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        closer.start();
        runOnOwnThread(memcached, server -> {
            inTheAction.countDown();
            eventually("the other thread is closing", () -> !server.isRunning());
            server.stop();
            server.close();
        });
        closer.join();
        assertThat(memcached).asString().contains(", closed, ");
    }

    @Test
    void shouldRefuseToBeRestartedByItsOwnThread() throws Exception {
        AtomicReference<@Nullable RuntimeException> thrown = new AtomicReference<>();
        EmbeddedMemcached memcached = start();
        runOnOwnThread(memcached, server -> {
            try {
                server.restart();
            } catch (IllegalStateException e) {
                thrown.set(e);
            }
            server.close();
        });
        assertThat(thrown.get()).hasMessageContaining("can't restart");
        memcached.awaitClose();
    }
}
