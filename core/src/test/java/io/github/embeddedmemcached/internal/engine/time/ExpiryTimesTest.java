package io.github.embeddedmemcached.internal.engine.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpiryTimesTest {
    private static final long BASE = 1_000_500;

    @Test
    void shouldReportItemsNeverEarlyAndAtMostHalfOfTheDistanceLate() {
        for (int distance = 0; distance < 100_000; distance += 1 + distance / 7) {
            ExpiryTimes times = new ExpiryTimes();
            times.add(BASE + distance * 1000L, 10, BASE);
            assertThat(times.expiredBytes(BASE + distance * 1000L - 1)).isZero();
            assertThat(times.expiredBytes(BASE + (distance + distance / 2) * 1000L))
                    .isEqualTo(10);
        }
    }

    @Test
    void shouldNotReportRemovedItems() {
        ExpiryTimes times = new ExpiryTimes();
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            long expiry = random.nextInt(5_000_000);
            times.add(expiry, i, BASE);
            times.remove(expiry, i);
        }
        assertThat(times.expiredBytes(Integer.MAX_VALUE)).isZero();
    }

    @Test
    void shouldNotReportItemsEarlyByAFractionOfASecond() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(BASE + 1_001, 10, BASE);
        times.add(BASE + 9_000_000, 5, BASE);
        assertThat(times.expiredBytes(BASE + 1_999)).isZero();
        assertThat(times.expiredBytes(BASE + 2_000)).isEqualTo(10);
    }

    @Test
    void shouldReportItemsExpiredBeforeTheBaseAndNeverItemsBeyondTheLastStep() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(CacheClock.LONG_AGO, 10, BASE);
        times.add(BASE + 200L * 365 * 24 * 3_600_000, 5, BASE);
        assertThat(times.expiredBytes(BASE)).isEqualTo(10);
        assertThat(times.expiredBytes(BASE + 199L * 365 * 24 * 3_600_000)).isEqualTo(10);
    }

    @Test
    void shouldReportAllItemsAtOnceWhenTheLastOneExpires() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(BASE + 60_000, 10, BASE);
        times.add(BASE + 60_500, 5, BASE + 500);
        assertThat(times.expiredBytes(BASE + 60_499)).isZero();
        assertThat(times.expiredBytes(BASE + 60_500)).isEqualTo(15);
    }

    @Test
    void shouldNotReportALiveItemThatIsAddedAfterAllOthersExpired() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(BASE + 60_000, 10, BASE);
        assertThat(times.expiredBytes(BASE + 61_000)).isEqualTo(10);
        times.add(BASE + 62_000, 5, BASE + 61_000);
        assertThat(times.expiredBytes(BASE + 61_000)).isZero(); // reported later
        assertThat(times.expiredBytes()).isZero();
        assertThat(times.expiredBytes(BASE + 62_000)).isEqualTo(15);
    }

    @Test
    void shouldSubtractAnExpiredItemThatIsRemoved() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(BASE + 1_000, 10, BASE);
        times.add(BASE + 1_000, 5, BASE);
        assertThat(times.expiredBytes(BASE + 2_000)).isEqualTo(15);
        times.remove(BASE + 1_000, 10);
        assertThat(times.expiredBytes()).isEqualTo(5);
    }

    @Test
    void shouldAcceptTheLargestTime() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(Long.MAX_VALUE - 1, 10, 1);
        assertThat(times.expiredBytes(Long.MAX_VALUE - 2)).isZero();
    }

    @Test
    void shouldBeEmptyAfterClear() {
        ExpiryTimes times = new ExpiryTimes();
        times.add(BASE + 10_000, 10, BASE);
        times.clear();
        assertThat(times.expiredBytes(Long.MAX_VALUE)).isZero();
        times.add(11_000, 7, 1_000);
        assertThat(times.expiredBytes(10_999)).isZero();
        assertThat(times.expiredBytes(16_000)).isEqualTo(7);
    }
}
