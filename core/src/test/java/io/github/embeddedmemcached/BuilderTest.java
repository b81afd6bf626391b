package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class BuilderTest {
    private final EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder();

    private static void assertRejected(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void shouldRejectAPortOutOfRange() {
        String message = "the port must be from 0 (a free port) to 65535, but is ";
        assertRejected(() -> builder.port(-1), message + -1);
        assertRejected(() -> builder.port(65536), message + 65536);
        builder.port(0).port(65535);
    }

    @Test
    void shouldRejectAMemoryLimitBelowOneMebibyte() {
        assertRejected(
                () -> builder.memoryLimitBytes((1 << 20) - 1),
                "the memory limit must be at least 1 MiB (1048576 bytes), but is 1048575");
        assertRejected(
                () -> builder.memoryLimitBytes(-1),
                "the memory limit must be at least 1 MiB (1048576 bytes), but is -1");
    }

    @Test
    void shouldRejectAMaxItemSizeOutOfRange() {
        String message = "the maximum item size must be from 1 KiB (1024 bytes) to 1 GiB (1073741824 bytes), but is ";
        assertRejected(() -> builder.maxItemSizeBytes(1023), message + 1023);
        assertRejected(() -> builder.maxItemSizeBytes((1 << 30) + 1), message + 1073741825);
    }

    @Test
    void shouldRejectAMaxItemSizeAboveHalfOfTheMemoryLimit() {
        builder.memoryLimitBytes(4 << 20).maxItemSizeBytes((2 << 20) + 1);
        assertRejected(
                builder::start,
                "the maximum item size must be at most half of the memory limit, but is 2097153 of 4194304 bytes");
        builder.maxItemSizeBytes(2 << 20).start().close();
    }

    @Test
    void shouldReduceTheDefaultMaxItemSizeForASmallMemoryLimit() {
        try (EmbeddedMemcached memcached = builder.memoryLimitBytes(1 << 20).start()) {
            assertThat(memcached.cache().maxItemSizeBytes()).isEqualTo(1 << 19);
        }
        try (EmbeddedMemcached memcached = builder.memoryLimitBytes(8 << 20).start()) {
            assertThat(memcached.cache().maxItemSizeBytes()).isEqualTo(1 << 20);
        }
    }

    @Test
    void shouldRejectZeroConnectionsAndThreads() {
        assertRejected(
                () -> builder.maxConnections(0), "the maximum number of connections must be at least 1, but is 0");
        assertRejected(() -> builder.threads(0), "the number of threads must be from 1 to 1024, but is 0");
        assertRejected(() -> builder.threads(1025), "the number of threads must be from 1 to 1024, but is 1025");
    }

    @Test
    void shouldRejectAnIdleTimeoutOutOfRange() {
        String message = "the idle timeout must be from 1 millisecond to 2^31 - 1 seconds, or zero for none, but is ";
        assertRejected(() -> builder.idleTimeout(Duration.ofSeconds(-1)), message + "PT-1S");
        assertRejected(() -> builder.idleTimeout(Duration.ofNanos(1)), message + "PT0.000000001S");
        assertRejected(
                () -> builder.idleTimeout(Duration.ofSeconds(Long.MAX_VALUE)),
                message + Duration.ofSeconds(Long.MAX_VALUE));
        builder.idleTimeout(Duration.ZERO);
    }

    @Test
    void shouldRejectUdpWithAuthentication() {
        builder.udp(true).user("jane", "secret");
        assertRejected(
                builder::start, "UDP can't be combined with users: a datagram has no connection to authenticate");
        builder.udp(false).start().close();
    }

    @Test
    void shouldStartEachServerWithTheSettingsAtThatTime() throws IOException {
        builder.maxConnections(1);
        try (EmbeddedMemcached first = builder.start();
                EmbeddedMemcached second = builder.maxConnections(2).start();
                SocketClient one = SocketClient.connect(first.address());
                SocketClient two = SocketClient.connect(first.address());
                SocketClient three = SocketClient.connect(second.address());
                SocketClient four = SocketClient.connect(second.address())) {
            one.send("get k\r\n").expect("END\r\n");
            assertThat(two.readUntilClosed()).isEqualTo("ERROR Too many open connections\r\n");
            three.send("get k\r\n").expect("END\r\n");
            four.send("get k\r\n").expect("END\r\n");
        }
    }

    @Test
    void shouldRejectInvalidUsers() {
        assertThatThrownBy(() -> EmbeddedMemcached.builder().user("two words", "secret"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("space");
        assertThatThrownBy(() -> EmbeddedMemcached.builder().user("alice", "two\nlines"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("line end");
    }
}
