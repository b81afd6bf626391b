package io.github.embeddedmemcached.internal.management;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RatesTest {
    private static final long SECOND = Rates.INTERVAL_NANOS;

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - SECOND / 2); // the clock overflows
    private final Rates rates = new Rates(nanos::get, 100, 5);

    @Test
    void shouldBeZeroBeforeTheFirstIntervalHasElapsed() {
        nanos.addAndGet(SECOND - 1);
        assertThat(rates.update(1_000, 50)).containsExactly(0, 0);
    }

    @Test
    void shouldDivideTheGrowthByTheElapsedTime() {
        nanos.addAndGet(4 * SECOND);
        assertThat(rates.update(300, 7)).containsExactly(50, 0.5);
    }

    @Test
    void shouldReturnTheSameRatesUntilTheNextIntervalHasElapsed() {
        nanos.addAndGet(SECOND);
        rates.update(110, 5);
        nanos.addAndGet(SECOND / 2);
        assertThat(rates.update(500, 5)).containsExactly(10, 0);
        nanos.addAndGet(SECOND / 2);
        assertThat(rates.update(510, 5)).containsExactly(400, 0);
    }

    @Test
    void shouldBeZeroOnceAfterACounterWasReset() {
        nanos.addAndGet(SECOND);
        assertThat(rates.update(0, 6)).containsExactly(0, 1);
        nanos.addAndGet(SECOND);
        assertThat(rates.update(3, 6)).containsExactly(3, 0);
    }
}
