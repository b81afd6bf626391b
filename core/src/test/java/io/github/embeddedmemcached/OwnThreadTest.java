package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests calls of a server's methods by its own threads (from within its clock). Such a thread must not wait for itself. */
@Timeout(60)
class OwnThreadTest {
    private final AtomicReference<@Nullable Runnable> action = new AtomicReference<>();
    private final InstantSource clock = this::now;

    private Instant now() {
        Runnable pending = action.get();
        if (pending != null && Thread.currentThread().getName().startsWith("embedded-memcached-")) {
            action.set(null);
            pending.run();
        }
        return Clock.systemUTC().instant();
    }

    /** Runs an action in one of the server's threads, and returns when it has completed. */
    private void runOnOwnThread(EmbeddedMemcached memcached, Consumer<EmbeddedMemcached> call) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("get k\r\n").expect("END\r\n");
            action.set(() -> {
                call.accept(memcached);
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
        eventually("the server is closed", () -> memcached.toString().contains(", closed, "));
        assertThat(memcached.isRunning()).isFalse();
        eventually("all threads have ended", () -> threads() == 0);
    }

    @Test
    void shouldStopFromItsOwnThreadAndRestart() throws Exception {
        try (EmbeddedMemcached memcached = start()) {
            for (int i = 0; i < 20; i++) {
                runOnOwnThread(memcached, EmbeddedMemcached::stop);
                assertThat(memcached.isRunning()).isFalse();
                memcached.restart(EmbeddedMemcached.Items.KEPT);
                assertThat(memcached.isRunning()).isTrue();
            }
        }
        eventually("all threads have ended", () -> threads() == 0);
    }

    @Test
    void shouldNotDeadlockWithAThreadThatWaitsForTheServerToClose() throws Exception {
        EmbeddedMemcached memcached = start();
        CountDownLatch isInAction = new CountDownLatch(1);
        Thread closer = new Thread(() -> {
            try {
                isInAction.await();
                memcached.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        closer.start();
        runOnOwnThread(memcached, server -> {
            isInAction.countDown();
            eventually("the other thread is closing", () -> !server.isRunning());
            server.stop();
            server.close();
        });
        closer.join();
        assertThat(memcached).asString().contains(", closed, ");
    }

    @Test
    void shouldRejectRestartByItsOwnThread() throws Exception {
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
        eventually("the server is closed", () -> memcached.toString().contains(", closed, "));
    }
}
