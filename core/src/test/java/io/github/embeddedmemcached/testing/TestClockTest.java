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

    private void assertInstant(Instant instant) {
        assertThat(clock.instant()).isEqualTo(instant);
        assertThat(clock.millis()).isEqualTo(instant.toEpochMilli());
    }

    private void advanceSource(Duration by) {
        source.set(source.get().plus(by));
    }

    @Test
    void shouldFollowItsSource() {
        assertInstant(START);
        advanceSource(Duration.ofSeconds(5));
        assertInstant(START.plusSeconds(5));
        assertThat(clock.isFrozen()).isFalse();
    }

    @Test
    void shouldFollowTheSystemClockByDefault() {
        Instant before = Clock.systemUTC().instant();
        Instant shown = new TestClock().instant();
        assertThat(shown).isBetween(before, Clock.systemUTC().instant());
    }

    @Test
    void shouldContinueFromTheTimeItWasAdvancedTo() {
        clock.advance(Duration.ofDays(365));
        assertInstant(START.plus(Duration.ofDays(365)));
        advanceSource(Duration.ofSeconds(1));
        assertInstant(START.plus(Duration.ofDays(365)).plusSeconds(1));
        clock.advance(Duration.ofDays(-366));
        assertInstant(START.minus(Duration.ofDays(1)).plusSeconds(1));
    }

    @Test
    void shouldChangeOnlyByAdvanceWhileFrozen() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        assertInstant(START);
        clock.advance(Duration.ofSeconds(7));
        clock.freeze();
        assertInstant(START.plusSeconds(7));
        assertThat(clock.isFrozen()).isTrue();
        assertThat(clock).hasToString("TestClock[2030-01-01T00:00:07.123456789Z, frozen]");
    }

    @Test
    void shouldResumeFromTheFrozenTime() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        clock.advance(Duration.ofSeconds(7));
        clock.resume();
        assertInstant(START.plusSeconds(7));
        advanceSource(Duration.ofSeconds(1));
        assertInstant(START.plusSeconds(8));
        clock.resume();
        assertInstant(START.plusSeconds(8));
        assertThat(clock).hasToString("TestClock[2030-01-01T00:00:08.123456789Z]");
    }

    @Test
    void shouldResumeAndCatchUpWithTheTimeSpentFrozen() {
        clock.freeze();
        advanceSource(Duration.ofHours(1));
        clock.advance(Duration.ofSeconds(7));
        clock.resumeAndCatchUp();
        assertInstant(START.plus(Duration.ofHours(1)).plusSeconds(7));
        clock.resumeAndCatchUp();
        assertInstant(START.plus(Duration.ofHours(1)).plusSeconds(7));
    }

    @Test
    void shouldShowTheTimeOfTheSourceAfterReset() {
        clock.advance(Duration.ofDays(1));
        clock.freeze();
        advanceSource(Duration.ofSeconds(1));
        clock.reset();
        assertInstant(START.plusSeconds(1));
        assertThat(clock.isFrozen()).isFalse();
    }

    @Test
    void shouldBeFrozenAtTheInitialTimeAfterReset() {
        TestClock startingAtStart = TestClock.startingAt(START);
        assertThat(startingAtStart.instant()).isEqualTo(START);
        startingAtStart.advance(Duration.ofDays(1));
        startingAtStart.resume();
        assertThat(startingAtStart.instant()).isAfterOrEqualTo(START.plus(Duration.ofDays(1)));
        startingAtStart.reset();
        assertThat(startingAtStart.instant()).isEqualTo(START);
        assertThat(startingAtStart.isFrozen()).isTrue();
    }

    @Test
    void shouldApplyConcurrentAdvances() {
        IntStream.range(0, 10_000).parallel().forEach(i -> clock.advance(Duration.ofSeconds(1)));
        assertInstant(START.plusSeconds(10_000));
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
                    .hasMessage("the clock cannot be advanced by " + by);
            assertInstant(START);
        }
    }
}
