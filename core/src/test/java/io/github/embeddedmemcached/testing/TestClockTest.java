package io.github.embeddedmemcached.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestClockTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00.123456789Z");

    private final AtomicReference<Instant> source = new AtomicReference<>(START);
    private final TestClock clock = new TestClock(source::get);

    private void assertShows(Instant instant) {
        assertThat(clock.instant()).isEqualTo(instant);
        assertThat(clock.millis()).isEqualTo(instant.toEpochMilli());
    }

    private void advanceSource(Duration by) {
        source.set(source.get().plus(by));
    }

    @Test
    void shouldRunWithItsSource() {
        assertShows(START);
        advanceSource(Duration.ofSeconds(5));
        assertShows(START.plusSeconds(5));
        assertThat(clock.isFrozen()).isFalse();
    }

    @Test
    void shouldRunWithTheSystemClockByDefault() {
        Instant before = Clock.systemUTC().instant();
        Instant shown = new TestClock().instant();
        assertThat(shown).isBetween(before, Clock.systemUTC().instant());
    }

    @Test
    void shouldContinueFromTheTimeItWasMovedTo() {
        clock.advance(Duration.ofDays(365));
        assertShows(START.plus(Duration.ofDays(365)));
        advanceSource(Duration.ofSeconds(1));
        assertShows(START.plus(Duration.ofDays(365)).plusSeconds(1));
        clock.advance(Duration.ofDays(-366));
        assertShows(START.minus(Duration.ofDays(1)).plusSeconds(1));
    }

    @Test
    void shouldMoveOnlyByAdvanceWhileFrozen() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        assertShows(START);
        clock.advance(Duration.ofSeconds(7));
        clock.freeze();
        assertShows(START.plusSeconds(7));
        assertThat(clock.isFrozen()).isTrue();
        assertThat(clock).hasToString("TestClock[2030-01-01T00:00:07.123456789Z, frozen]");
    }

    @Test
    void shouldResumeFromTheFrozenTime() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        clock.advance(Duration.ofSeconds(7));
        clock.resume();
        assertShows(START.plusSeconds(7));
        advanceSource(Duration.ofSeconds(1));
        assertShows(START.plusSeconds(8));
        clock.resume();
        assertShows(START.plusSeconds(8));
        assertThat(clock).hasToString("TestClock[2030-01-01T00:00:08.123456789Z]");
    }

    @Test
    void shouldResumeAndCatchUpWithTheTimeSpentFrozen() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        clock.advance(Duration.ofSeconds(7));
        clock.resumeAndCatchUp();
        assertShows(START.plus(Duration.ofHours(1)).plusSeconds(7));
        clock.resumeAndCatchUp();
        assertShows(START.plus(Duration.ofHours(1)).plusSeconds(7));
    }

    @Test
    void shouldShowTheTimeOfTheSourceAfterReset() {
        clock.advance(Duration.ofDays(1));
        clock.freeze();
        advanceSource(Duration.ofSeconds(1));
        clock.reset();
        assertShows(START.plusSeconds(1));
        assertThat(clock.isFrozen()).isFalse();
    }

    @Test
    void shouldBeFrozenAtTheInitialTimeAfterReset() {
        TestClock starting = TestClock.startingAt(START);
        assertThat(starting.instant()).isEqualTo(START);
        starting.advance(Duration.ofDays(1));
        starting.resume();
        assertThat(starting.instant()).isAfterOrEqualTo(START.plus(Duration.ofDays(1)));
        starting.reset();
        assertThat(starting.instant()).isEqualTo(START);
        assertThat(starting.isFrozen()).isTrue();
    }

    @Test
    void shouldApplyConcurrentAdvances() {
        IntStream.range(0, 10_000).parallel().forEach(i -> clock.advance(Duration.ofSeconds(1)));
        assertShows(START.plusSeconds(10_000));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRejectTimesBeyondTheRangeOfMilliseconds(boolean isFrozen) {
        if (isFrozen) {
            clock.freeze();
        }
        for (Duration by : List.of(
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofMillis(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> clock.advance(by))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the clock cannot be moved as far as " + by);
            assertShows(START);
        }
    }
}
