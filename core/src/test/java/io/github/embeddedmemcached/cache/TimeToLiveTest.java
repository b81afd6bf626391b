package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of times to live: an item does not expire earlier, and at most one second later, at any fraction of a second. */
class TimeToLiveTest {
    private static final long START_MILLIS = 1_800_000_000_000L;
    private static final int[] PHASES = {0, 1, 2, 250, 499, 500, 501, 750, 998, 999};

    private final AtomicLong now = new AtomicLong();

    /** A clock that is set by the test. */
    private final class SettableClock implements ElapsedTimeSource {
        private final boolean isExact;

        SettableClock(boolean isExact) {
            this.isExact = isExact;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(now.get());
        }

        @Override
        public long elapsedMillis() {
            return now.get() - START_MILLIS;
        }

        @Override
        public long unixOffsetMillis() {
            return START_MILLIS;
        }

        @Override
        public boolean isExact() {
            return isExact;
        }
    }

    /** The tolerance is the time in milliseconds by which an item may live longer. */
    @ParameterizedTest
    @CsvSource({
        "PT0.001S, false, 1000",
        "PT0.000000001S, false, 1000",
        "PT0.999S, false, 1000",
        "PT1S, false, 1000",
        "PT1.001S, false, 1000",
        "PT59.999S, false, 1000",
        "PT10M, false, 1000",
        "P60D, false, 1000",
        "P3650D, false, 1000",
        "PT0.001S, true, 0",
        "PT0.999S, true, 0",
        "PT1S, true, 0",
        "PT10M, true, 0",
        "P48D, true, 0",
        "P60D, true, 1000",
    })
    void shouldExpireNotEarlierAndAtMostASecondLater(Duration timeToLive, boolean isExact, long tolerance) {
        long millis = Math.max(1, timeToLive.toMillis());
        for (int startPhase : PHASES) {
            now.set(START_MILLIS + startPhase);
            try (Cache cache = Cache.builder().clock(new SettableClock(isExact)).build()) {
                for (int phase : PHASES) {
                    long stored = START_MILLIS + 10_000 + phase;
                    for (Storing storing : Storing.values()) {
                        now.set(stored);
                        cache.set("touched", new byte[1]);
                        storing.store(cache, timeToLive);
                        now.set(stored + millis - 1);
                        assertThat(cache.getItem(storing.key))
                                .as("%s at %s", storing, phase)
                                .isNotNull();
                        now.set(stored + millis + tolerance);
                        assertThat(cache.getItem(storing.key))
                                .as("%s at %s", storing, phase)
                                .isNull();
                    }
                }
            }
        }
    }

    private enum Storing {
        SET("k") {
            @Override
            void store(Cache cache, Duration timeToLive) {
                cache.set(key, new byte[1], timeToLive);
            }
        },
        ADD("k") {
            @Override
            void store(Cache cache, Duration timeToLive) {
                cache.add(key, new byte[1], timeToLive);
            }
        },
        TOUCH("touched") {
            @Override
            void store(Cache cache, Duration timeToLive) {
                cache.touch(key, timeToLive);
            }
        },
        LOAD("k") {
            @Override
            void store(Cache cache, Duration timeToLive) {
                cache.get(key, timeToLive, missing -> new byte[1]);
            }
        },
        COMPUTE("k") {
            @Override
            void store(Cache cache, Duration timeToLive) {
                cache.compute(key, timeToLive, (same, old) -> new byte[1]);
            }
        };

        final String key;

        Storing(String key) {
            this.key = key;
        }

        abstract void store(Cache cache, Duration timeToLive);
    }
}
