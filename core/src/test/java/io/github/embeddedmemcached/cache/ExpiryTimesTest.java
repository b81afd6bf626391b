package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryTimesTest {
    private static final int BASE = 1_000;

    @Test
    void shouldNeverBeEarlyAndAtMostHalfOfTheDistanceLate() {
        for (int distance = 0; distance < 100_000; distance += 1 + distance / 7) {
            ExpiryTimes times = new ExpiryTimes(BASE);
            times.add(BASE + distance, 10);
            assertThat(times.expiredBytes(BASE + distance - 1)).isZero();
            assertThat(times.expiredBytes(BASE + distance + distance / 2)).isEqualTo(10);
        }
    }

    @Test
    void shouldForgetWhatWasRemoved() {
        ExpiryTimes times = new ExpiryTimes(BASE);
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            int expiry = random.nextInt(5_000);
            times.add(expiry, i);
            times.remove(expiry, i);
        }
        assertThat(times.expiredBytes(Integer.MAX_VALUE)).isZero();
    }

    @Test
    void shouldTakeTheFarthestTimeThereIs() {
        ExpiryTimes times = new ExpiryTimes(1);
        times.add(Integer.MAX_VALUE, 10);
        assertThat(times.expiredBytes(Integer.MAX_VALUE - 1)).isZero();
    }
}
