package io.github.embeddedmemcached.internal.cli;

import io.github.embeddedmemcached.internal.session.AdjustableClock;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Duration;

/**
 * Adjusts a clock for the {@code debugtime} command.
 *
 * @param clock the clock of the server and its cache
 */
public record DebugClock(TestClock clock) implements AdjustableClock {
    @Override
    public void advance(Duration by) {
        clock.advance(by);
    }

    @Override
    public void freeze() {
        clock.freeze();
    }

    @Override
    public void catchUp() {
        clock.resumeAndCatchUp();
    }
}
