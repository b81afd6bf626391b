package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests reset() while clients stay connected. */
@Timeout(60)
class ResetTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final TestClock clock = TestClock.startingAt(START);

    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.builder()
            .clock(clock)
            .idleTimeout(Duration.ofMinutes(1))
            .threads(2)
            .start();

    @AutoClose
    private SocketClient client;

    @BeforeEach
    void connect() throws IOException {
        client = SocketClient.connect(memcached.address());
    }

    /** Executes a command over a new connection, and returns the lines of the reply. */
    private List<String> execute(String command) throws IOException {
        try (SocketClient other = SocketClient.connect(memcached.address())) {
            other.send(command + "\r\nquit\r\n");
            return other.readUntilClosed().lines().toList();
        }
    }

    private void set(String key, long exptime) throws IOException {
        client.send("set " + key + " 0 " + exptime + " 1\r\nx\r\n").expect("STORED\r\n");
    }

    @Test
    void shouldRemoveItemsAndKeepConnectionsAndPort() throws IOException {
        int port = memcached.port();
        set("k", 0);
        memcached.reset();
        client.send("get k\r\n").expect("END\r\n");
        set("k", 0);
        assertThat(memcached.port()).isEqualTo(port);
        assertThat(memcached.cache().get("k")).asString().isEqualTo("x");
        memcached.cache().checkIntegrity();
    }

    @Test
    void shouldResetAllStatistics() throws IOException {
        set("k", 0);
        client.send("get k\r\nget none\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\nEND\r\n");
        execute("stats slabs");
        clock.advance(Duration.ofSeconds(30));
        memcached.reset();
        assertThat(memcached.cache().statistics().items()).isZero();
        assertThat(execute("stats"))
                .contains(
                        "STAT cmd_get 0",
                        "STAT cmd_set 0",
                        "STAT get_misses 0",
                        "STAT cmd_flush 0",
                        "STAT curr_items 0",
                        "STAT total_items 0",
                        "STAT total_connections 1",
                        "STAT uptime 0");
        assertThat(execute("stats slabs")).contains("STAT active_slabs 0");
    }

    @Test
    void shouldCancelAScheduledFlush() throws IOException {
        client.send("flush_all 30\r\n").expect("OK\r\n");
        memcached.reset();
        set("k", 0);
        clock.advance(Duration.ofSeconds(59));
        client.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
    }

    @Test
    void shouldResetSettingsChangedByClients() throws IOException {
        List<String> settings = execute("stats settings");
        client.send("verbosity 1\r\ncache_memlimit 8\r\nstats detail on\r\n").expect("OK\r\nOK\r\nOK\r\n");
        client.send("lru mode flat\r\nlru_crawler disable\r\nslabs automove 2\r\nlru temp_ttl 5\r\n")
                .expect("OK\r\nOK\r\nOK\r\nOK\r\n");
        assertThat(execute("stats settings")).isNotEqualTo(settings);
        memcached.reset();
        assertThat(execute("stats settings")).isEqualTo(settings);
        assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(64 << 20);
        client.send("lru mode flat\r\n").expect("OK\r\n"); // by a session created before the reset
        assertThat(execute("stats settings")).contains("STAT lru_segmented no");
    }

    @Test
    void shouldClearAndDisablePrefixStatistics() throws IOException {
        client.send("stats detail on\r\nget a:b\r\n").expect("OK\r\nEND\r\n");
        memcached.reset();
        client.send("get a:b\r\n").expect("END\r\n");
        assertThat(execute("stats detail dump")).containsExactly("END");
    }

    @Test
    void shouldResetTheClockAndExpireNewItems() throws IOException {
        clock.advance(Duration.ofSeconds(50));
        memcached.reset();
        assertThat(clock.instant()).isEqualTo(START);
        set("k", 20);
        clock.advance(Duration.ofSeconds(19));
        client.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
        clock.advance(Duration.ofSeconds(1));
        client.send("get k\r\n").expect("END\r\n");
    }

    @Test
    void shouldExpireItemsAfterTheClockWasSetBackBeforeTheStart() throws IOException {
        TestClock moved = TestClock.startingAt(START);
        moved.advance(Duration.ofDays(1));
        try (EmbeddedMemcached later = EmbeddedMemcached.builder().clock(moved).start();
                SocketClient otherClient = SocketClient.connect(later.address())) {
            later.reset();
            assertThat(moved.instant()).isEqualTo(START);
            otherClient.send("set k 0 20 1\r\nx\r\nmg k t\r\n").expect("STORED\r\nHD t20\r\n");
            moved.advance(Duration.ofSeconds(20));
            otherClient.send("get k\r\n").expect("END\r\n");
            long future = START.getEpochSecond() + 100;
            otherClient.send("set k 0 " + future + " 1\r\nx\r\nmg k t\r\n").expect("STORED\r\nHD t80\r\n");
            otherClient.send("stats\r\nquit\r\n");
            assertThat(otherClient.readUntilClosed()).contains("STAT uptime 20\r\n");
        }
    }

    @Test
    void shouldMeasureIdleTimeFromTheReset() throws IOException {
        TestClock moved = TestClock.startingAt(START);
        try (EmbeddedMemcached other = EmbeddedMemcached.builder()
                        .clock(moved)
                        .idleTimeout(Duration.ofDays(2))
                        .start();
                SocketClient otherClient = SocketClient.connect(other.address())) {
            moved.advance(Duration.ofDays(1));
            otherClient.send("get k\r\n").expect("END\r\n");
            other.reset();
            otherClient.send("version\r\n").expect("VERSION 1.6.45\r\n");
            other.reset();
            moved.advance(Duration.ofDays(2));
            assertThat(otherClient.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldNotCloseConnectionsBecauseTheResetMovesTheClock() throws IOException {
        client.send("get k\r\n").expect("END\r\n");
        clock.advance(Duration.ofDays(-10));
        client.send("get k\r\n").expect("END\r\n");
        memcached.reset(); // moves the clock forward by ten days
        client.send("get k\r\n").expect("END\r\n");
        assertThat(execute("stats")).contains("STAT idle_kicks 0");
    }

    @Test
    void shouldResumeAPausedServer() throws IOException {
        memcached.pause();
        client.send("get k\r\n");
        memcached.reset();
        client.expect("END\r\n");
    }

    @Test
    void shouldNotReuseCasUniques() throws IOException {
        set("k", 0);
        long before = unique();
        memcached.reset();
        set("k", 0);
        assertThat(unique()).isGreaterThan(before);
    }

    private long unique() {
        var item = memcached.cache().getItem("k");
        assertThat(item).isNotNull();
        return item.casUnique();
    }

    @Test
    void shouldCompleteACommandThatHadBegun() throws IOException {
        client.send("set k 0 0 10\r\n01234");
        memcached.reset();
        client.send("56789\r\nget k\r\n").expect("STORED\r\nVALUE k 0 10\r\n0123456789\r\nEND\r\n");
    }

    @Test
    void shouldResetAStoppedServer() throws IOException {
        memcached.cache().set("k", "x".getBytes(StandardCharsets.US_ASCII));
        memcached.stop();
        memcached.reset();
        assertThat(memcached.isRunning()).isFalse();
        memcached.restart(Items.KEPT);
        assertThat(execute("get k")).containsExactly("END");
    }

    @Test
    void shouldRestoreTheMemoryLimitOnRestartWithoutItems() throws IOException {
        client.send("cache_memlimit 8\r\n").expect("OK\r\n");
        memcached.restart(Items.KEPT);
        assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(8 << 20);
        memcached.restart(Items.DROPPED);
        assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(64 << 20);
    }

    @Test
    void shouldRejectResetByItsOwnThreadAndAfterClose() throws Exception {
        AtomicReference<@Nullable RuntimeException> thrown = new AtomicReference<>();
        try (EmbeddedMemcached server = EmbeddedMemcached.start();
                SocketClient otherClient = SocketClient.connect(server.address())) {
            server.faults()
                    .on(command -> {
                        try {
                            server.reset();
                        } catch (IllegalStateException e) {
                            thrown.set(e);
                        }
                        return false;
                    })
                    .inject(Fault.stall());
            otherClient.send("get k\r\n").expect("END\r\n");
            assertThat(thrown.get()).hasMessageContaining("can't reset");
        }
        memcached.close();
        assertThatThrownBy(memcached::reset)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has been closed");
    }
}
