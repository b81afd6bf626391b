package io.github.embeddedmemcached.internal.engine.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CacheClockTest {
    /** The Unix second in which the clock starts. */
    private static final long START_SECOND = 1_800_000_000;

    private static final long PHASE_MILLIS = 200;
    private static final long START = START_SECOND * 1000 + PHASE_MILLIS;

    /** How long before the clock memcached's own clock starts: exptimes before that count as one moment, earlier than all others. */
    private static final long BEFORE_START_SECONDS = 62;

    /** Elapsed time that is negative at the start. Seconds are counted from the start of the cache, as is the default. */
    private static final class TestTime implements ElapsedTimeSource {
        private final boolean isExact;
        private long elapsedMillis = -300;
        private long unixOffsetMillis = START + 300;

        TestTime(boolean isExact) {
            this.isExact = isExact;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(elapsedMillis + unixOffsetMillis);
        }

        @Override
        public long elapsedMillis() {
            return elapsedMillis;
        }

        @Override
        public long unixOffsetMillis() {
            return unixOffsetMillis;
        }

        @Override
        public boolean isExact() {
            return isExact;
        }
    }

    private final TestTime time = new TestTime(false);
    private final CacheClock ticking = new CacheClock(time);
    private final CacheClock exact = new CacheClock(new TestTime(true));

    @Test
    void shouldStartAtUnixTime() {
        assertThat(ticking.now()).isEqualTo(START);
        time.elapsedMillis += 1234;
        assertThat(ticking.now()).isEqualTo(START + 1234);
    }

    @Test
    void shouldCountSecondsFromItsStart() {
        assertThat(ticking.second(START)).isEqualTo(START_SECOND);
        assertThat(ticking.second(START + 999)).isEqualTo(START_SECOND);
        assertThat(ticking.second(START + 1000)).isEqualTo(START_SECOND + 1);
        assertThat(ticking.second(START - 1)).isEqualTo(START_SECOND - 1);
    }

    @Test
    void shouldCountSecondsFromARestart() {
        time.elapsedMillis += 300;
        assertThat(ticking.restarts()).isEqualTo(1);
        ticking.restart();
        assertThat(ticking.restarts()).isEqualTo(2);
        assertThat(ticking.second(START + 299)).isEqualTo(START_SECOND - 1);
        assertThat(ticking.second(START + 300)).isEqualTo(START_SECOND);
    }

    @Test
    void shouldCompareMomentsBySecondIfTheClockTicks() {
        assertThat(ticking.isBefore(START, START + 999)).isFalse();
        assertThat(ticking.isBefore(START + 999, START + 1000)).isTrue();
        assertThat(ticking.isBefore(START, CacheClock.NEVER)).isTrue();
        assertThat(ticking.isBefore(CacheClock.LONG_AGO, CacheClock.LONG_AGO + 1))
                .isTrue();
        assertThat(ticking.isBefore(CacheClock.LONG_AGO, CacheClock.LONG_AGO)).isFalse();
    }

    @Test
    void shouldCompareMomentsByMillisecondIfTheClockIsExact() {
        assertThat(exact.isBefore(START, START + 1)).isTrue();
        assertThat(exact.isBefore(START, START)).isFalse();
        assertThat(exact.isBefore(START + 1, START)).isFalse();
    }

    @Test
    void shouldExpireInTheSecondOfTheExptimeIfTheClockTicks() {
        long expiry = ticking.expiry(10, START + 700);
        assertThat(ticking.isExpired(expiry, START + 9_999)).isFalse();
        assertThat(ticking.isExpired(expiry, START + 10_000)).isTrue();
        assertThat(ticking.secondsToLive(expiry, START + 700)).isEqualTo(10);
        assertThat(ticking.secondsToLive(expiry, START + 1000)).isEqualTo(9);
        assertThat(ticking.secondsToLive(expiry, START + 12_000)).isEqualTo(-2);
    }

    @Test
    void shouldExpireAtTheMillisecondIfTheClockIsExact() {
        long expiry = exact.expiry(10, START + 700);
        assertThat(exact.isExpired(expiry, START + 10_699)).isFalse();
        assertThat(exact.isExpired(expiry, START + 10_700)).isTrue();
        assertThat(exact.secondsToLive(expiry, START + 10_699)).isEqualTo(1);
        assertThat(exact.secondsToLive(expiry, START + 10_700)).isZero();
    }

    @Test
    void shouldNeverExpireWithoutAnExptime() {
        long expiry = ticking.expiry(0, START);
        assertThat(expiry).isEqualTo(CacheClock.NEVER);
        assertThat(ticking.isExpired(expiry, Long.MAX_VALUE - 2_000)).isFalse();
        assertThat(ticking.secondsToLive(expiry, START)).isEqualTo(-1);
        assertThat(ticking.unixExpiry(expiry)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, START_SECOND - BEFORE_START_SECONDS, CacheClock.RELATIVE_SECONDS_MAX + 1})
    void shouldMapExptimesBeforeTheStartOfTheClockToOneMomentBeforeAllOthers(long exptime) {
        long expiry = ticking.expiry(exptime, START);
        assertThat(expiry).isEqualTo(CacheClock.LONG_AGO);
        assertThat(ticking.isExpired(expiry, START)).isTrue();
        assertThat(ticking.secondsToLive(expiry, START)).isEqualTo(1 - BEFORE_START_SECONDS);
        assertThat(ticking.secondsToLive(expiry, START + 5_000)).isEqualTo(1 - BEFORE_START_SECONDS - 5);
        assertThat(ticking.unixExpiry(expiry)).isEqualTo(START_SECOND + 1 - BEFORE_START_SECONDS);
    }

    @Test
    void shouldKeepAnAbsoluteExptimeAfterTheStartOfTheClock() {
        long expiry = ticking.expiry(START_SECOND + 1 - BEFORE_START_SECONDS, START);
        assertThat(expiry).isNotEqualTo(CacheClock.LONG_AGO);
        assertThat(ticking.isExpired(expiry, START)).isTrue();
        assertThat(exact.expiry(START_SECOND + 5, START)).isEqualTo(START_SECOND * 1000 + 5_000);
        assertThat(ticking.expiry(START_SECOND + 5, START)).isEqualTo(START + 5_000);
    }

    @Test
    void shouldConvertAnAbsoluteExptimeByTheCurrentWallClock() {
        long before = ticking.expiry(START_SECOND + 100, START);
        time.unixOffsetMillis += 60_000;
        long after = ticking.expiry(START_SECOND + 100, START);
        assertThat(before - after).isEqualTo(60_000);
        assertThat(ticking.unixExpiry(before)).isEqualTo(START_SECOND + 160);
        assertThat(ticking.unixExpiry(after)).isEqualTo(START_SECOND + 100);
        assertThat(ticking.unixSecondOf(START_SECOND, ticking.wallClockSteps())).isEqualTo(START_SECOND + 60);
    }
}
