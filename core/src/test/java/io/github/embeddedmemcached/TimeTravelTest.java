package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests time-dependent behaviour from the perspective of a client, while the test changes the clock. */
@Timeout(60)
class TimeTravelTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");
    private static final long START_SECOND = START.getEpochSecond();
    private static final long THIRTY_DAYS = 2_592_000;

    private final TestClock clock = TestClock.startingAt(START);

    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.builder()
            .clock(clock)
            .idleTimeout(Duration.ofDays(3650))
            .threads(2)
            .start();

    @AutoClose
    private SocketClient client;

    @BeforeEach
    void connect() throws IOException {
        client = SocketClient.connect(memcached.address());
    }

    private void set(String key, long exptime) throws IOException {
        client.send("set " + key + " 0 " + exptime + " 1\r\nx\r\n").expect("STORED\r\n");
    }

    private void expectHit(String key) throws IOException {
        client.send("get " + key + "\r\n").expect("VALUE " + key + " 0 1\r\nx\r\nEND\r\n");
    }

    private void expectMiss(String key) throws IOException {
        client.send("get " + key + "\r\n").expect("END\r\n");
    }

    private void advanceSeconds(long seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    private long statistic(String name) throws IOException {
        try (SocketClient other = SocketClient.connect(memcached.address())) {
            other.send("stats\r\nquit\r\n");
            Matcher line = Pattern.compile("STAT " + name + " (\\d+)\r\n").matcher(other.readUntilClosed());
            assertThat(line.find()).isTrue();
            return Long.parseLong(line.group(1));
        }
    }

    @Test
    void shouldUseTheClockOfTheBuilder() {
        assertThat(memcached.clock()).isSameAs(clock);
    }

    @Test
    void shouldExpireItemsToTheSecond() throws IOException {
        set("k", 60);
        set("forever", 0);
        advanceSeconds(59);
        expectHit("k");
        advanceSeconds(1);
        expectMiss("k");
        expectHit("forever");
    }

    @Test
    void shouldInterpretAnExptimeOfMoreThanThirtyDaysAsUnixTime() throws IOException {
        set("relative", THIRTY_DAYS);
        set("long_ago", THIRTY_DAYS + 1);
        set("absolute", START_SECOND + THIRTY_DAYS + 10);
        expectMiss("long_ago");
        advanceSeconds(THIRTY_DAYS - 1);
        expectHit("relative");
        advanceSeconds(1);
        expectMiss("relative");
        advanceSeconds(9);
        expectHit("absolute");
        advanceSeconds(1);
        expectMiss("absolute");
    }

    @Test
    void shouldTouchAnItemRelativeToTheCurrentTime() throws IOException {
        set("k", 10);
        advanceSeconds(9);
        client.send("touch k 10\r\n").expect("TOUCHED\r\n");
        advanceSeconds(9);
        expectHit("k");
        advanceSeconds(1);
        expectMiss("k");
    }

    @Test
    void shouldFlushAllAfterTheDelay() throws IOException {
        set("k", 0);
        client.send("flush_all 100\r\n").expect("OK\r\n");
        advanceSeconds(98);
        expectHit("k");
        advanceSeconds(1); // memcached flushes one second early
        expectMiss("k");
        set("k", 0);
        advanceSeconds(1000);
        expectHit("k");
    }

    @Test
    void shouldReturnTimeToLiveAndTimeSinceLastAccess() throws IOException {
        set("k", 100);
        advanceSeconds(10);
        client.send("mg k t l h\r\n").expect("HD t90 l10 h0\r\n");
        advanceSeconds(5);
        client.send("mg k t l h\r\n").expect("HD t85 l15 h1\r\n"); // the first access does not update the access time
        advanceSeconds(5);
        client.send("mg k t l h\r\n").expect("HD t80 l5 h1\r\n");
        advanceSeconds(80);
        client.send("mg k t l h\r\n").expect("EN\r\n");
        set("forever", 0);
        advanceSeconds(7);
        client.send("mg forever t l h\r\n").expect("HD t-1 l7 h0\r\n");
    }

    @Test
    void shouldSelectOneClientToRecacheAnItem() throws IOException {
        set("k", 100);
        client.send("mg k t R30\r\n").expect("HD t100\r\n");
        advanceSeconds(70);
        client.send("mg k t R30\r\n").expect("HD t30\r\n");
        advanceSeconds(1);
        client.send("mg k t R30\r\n").expect("HD t29 W\r\n");
        client.send("mg k t R30\r\n").expect("HD t29 Z\r\n");
    }

    @Test
    void shouldServeAStaleItemUntilItExpires() throws IOException {
        set("k", 100);
        client.send("md k I T30\r\n").expect("HD\r\n");
        advanceSeconds(29);
        client.send("mg k t\r\n").expect("HD t1 X W\r\n");
        advanceSeconds(1);
        client.send("mg k t\r\n").expect("EN\r\n");
    }

    @Test
    void shouldReturnTimeAndUptime() throws IOException {
        assertThat(statistic("uptime")).isZero();
        advanceSeconds(3600);
        assertThat(statistic("uptime")).isEqualTo(3600);
        assertThat(statistic("time")).isEqualTo(START_SECOND + 3600);
    }

    @Test
    void shouldCloseIdleConnections() throws IOException {
        client.send("get k\r\n").expect("END\r\n");
        clock.advance(Duration.ofDays(3651));
        assertThat(client.readUntilClosed()).isEmpty();
        assertThat(statistic("idle_kicks")).isEqualTo(1);
    }

    @Test
    void shouldCloseAnIdleConnectionAfterManySmallAdvances() throws IOException {
        Duration step = Duration.ofMillis(20);
        Duration timeout = Duration.ofSeconds(10);
        EmbeddedMemcachedBuilder builder =
                EmbeddedMemcached.builder().clock(clock).idleTimeout(timeout).threads(1);
        try (EmbeddedMemcached other = builder.start();
                SocketClient first = SocketClient.connect(other.address());
                SocketClient second = SocketClient.connect(other.address())) {
            first.send("get k\r\n").expect("END\r\n");
            clock.advance(step);
            second.send("get k\r\n").expect("END\r\n");
            clock.advance(timeout.minus(step));
            assertThat(first.readUntilClosed())
                    .isEmpty(); // idle connections have been checked at this time of a frozen clock
            clock.advance(step);
            assertThat(second.readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldNotHaveANegativeUptimeAfterTheClockIsSetBack() throws IOException {
        advanceSeconds(100);
        advanceSeconds(-3600);
        assertThat(statistic("uptime")).isZero();
        assertThat(statistic("time")).isEqualTo(START_SECOND - 3500);
        set("k", 60);
        clock.advance(Duration.ofMillis(59_999));
        expectHit("k");
        clock.advance(Duration.ofMillis(1));
        expectMiss("k");
    }

    @Test
    void shouldMeasureIdleTimeAfterTheClockWasSetBack() throws IOException {
        client.send("get k\r\n").expect("END\r\n");
        clock.advance(Duration.ofDays(-10_000));
        try (SocketClient later = SocketClient.connect(memcached.address())) {
            later.send("get k\r\n").expect("END\r\n");
            clock.advance(Duration.ofDays(3651));
            assertThat(later.readUntilClosed()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 250, 600, 999})
    void shouldKeepAnItemForItsFullTimeToLiveAfterFreeze(int millis) throws IOException {
        AtomicLong running = new AtomicLong(START.toEpochMilli() + 321);
        try (EmbeddedMemcached other = EmbeddedMemcached.builder()
                        .clock(() -> Instant.ofEpochMilli(running.get()))
                        .start();
                SocketClient otherClient = SocketClient.connect(other.address())) {
            running.addAndGet(millis);
            other.clock().freeze();
            otherClient.send("set k 0 10 1\r\nx\r\nmg k t l\r\n").expect("STORED\r\nHD t10 l0\r\n");
            other.clock().advance(Duration.ofMillis(9_500));
            otherClient.send("mg k t l\r\n").expect("HD t1 l9\r\n");
            other.clock().advance(Duration.ofMillis(500));
            otherClient.send("mg k t l\r\n").expect("EN\r\n");
        }
    }

    @Test
    void shouldFreezeTheSystemClockWithoutLosingItems() throws IOException {
        try (EmbeddedMemcached other = EmbeddedMemcached.start();
                SocketClient otherClient = SocketClient.connect(other.address())) {
            for (int i = 0; i < 20; i++) {
                other.clock().freeze();
                otherClient.send("set k 0 10 1\r\nx\r\n").expect("STORED\r\n");
                other.clock().advance(Duration.ofMillis(9_999));
                otherClient.send("get k\r\n").expect("VALUE k 0 1\r\nx\r\nEND\r\n");
                other.clock().advance(Duration.ofMillis(1));
                otherClient.send("get k\r\n").expect("END\r\n");
                other.reset();
            }
        }
    }

    @Test
    void shouldWorkACenturyAfterTheStart() throws IOException {
        set("forever", 0);
        clock.advance(Duration.ofDays(36_525));
        client.close(); // its idle timeout has passed
        connect();
        expectHit("forever");
        set("k", 10);
        client.send("mg k t l h\r\n").expect("HD t10 l0 h0\r\n");
        advanceSeconds(9);
        expectHit("k");
        advanceSeconds(1);
        expectMiss("k");
        assertThat(statistic("uptime")).isEqualTo(36_525L * 86_400 + 10);
    }

    @Test
    void shouldReuseTheMemoryOfExpiredItemsBeforeAllocatingMore() throws IOException {
        String value = "v".repeat(65 << 10);
        long before = 0;
        for (int i = 0; i < 20; i++) {
            if (i == 10) {
                before = totalMalloced();
                advanceSeconds(4);
            }
            client.send("set k" + (10 + i) + " 0 2 " + value.length() + "\r\n" + value + "\r\n")
                    .expect("STORED\r\n");
        }
        assertThat(totalMalloced()).isLessThanOrEqualTo(before);
    }

    private long totalMalloced() throws IOException {
        try (SocketClient other = SocketClient.connect(memcached.address())) {
            other.send("stats slabs\r\nquit\r\n");
            Matcher line = Pattern.compile("STAT total_malloced (\\d+)\r\n").matcher(other.readUntilClosed());
            assertThat(line.find()).isTrue();
            return Long.parseLong(line.group(1));
        }
    }

    @Test
    void shouldHaveAnAdjustableClockByDefault() throws IOException {
        try (EmbeddedMemcached other = EmbeddedMemcached.start();
                SocketClient otherClient = SocketClient.connect(other.address())) {
            otherClient.send("set k 0 3600 1\r\nx\r\n").expect("STORED\r\n");
            other.clock().advance(Duration.ofHours(2));
            otherClient.send("get k\r\n").expect("END\r\n");
            otherClient.send("debugtime 1\r\n").expect("ERROR\r\n");
        }
    }

    @Test
    void shouldNotAffectOtherServersWithTheSameSourceClock() throws IOException {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().clock(() -> START);
        try (EmbeddedMemcached one = builder.start();
                EmbeddedMemcached another = builder.start()) {
            one.clock().advance(Duration.ofHours(1));
            assertThat(one.clock().instant()).isEqualTo(START.plusSeconds(3600));
            assertThat(another.clock().instant()).isEqualTo(START);
        }
    }
}
