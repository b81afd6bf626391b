package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expiry with the system clock, a frozen clock and a clock supplied by the user. */
class CacheTimeTest {
    private static final byte[] VALUE = {'x'};
    private static final Duration YEAR = Duration.ofDays(365);
    private static final long START_SECOND = 1_800_000_000;

    private final AtomicLong wallMillis = new AtomicLong(START_SECOND * 1000 + 700);
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 500); // overflows soon, as nanoTime may
    private final SystemTime system = new SystemTime(() -> Instant.ofEpochMilli(wallMillis.get()), nanos::get);

    private void advanceSystemTime(long millis) {
        wallMillis.addAndGet(millis);
        nanos.addAndGet(millis * 1_000_000);
    }

    private static Cache cache(InstantSource clock) {
        return Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
    }

    private static long wallSecond(TestClock clock) {
        return clock.instant().getEpochSecond();
    }

    private static ItemView fetch(Cache cache, String key) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        ItemView view = new ItemView();
        assertThat(Engines.of(cache).fetch(new ItemUpdate().key(bytes, 0, bytes.length), view))
                .isTrue();
        return view;
    }

    // The system clock

    @ParameterizedTest
    @ValueSource(longs = {-3_600_000, 3_600_000, -100_000_000_000L, 100_000_000_000L})
    void shouldExpireByElapsedTimeWhenTheWallClockIsChanged(long stepMillis) {
        Cache cache = cache(system);
        MemcachedOperations.set(cache, "before", VALUE, 0, 10);
        MemcachedOperations.set(cache, "absolute", VALUE, 0, START_SECOND + 2_592_000);
        MemcachedOperations.flushAll(cache, 1_000);
        wallMillis.addAndGet(stepMillis);
        MemcachedOperations.set(cache, "after", VALUE, 0, 10);
        advanceSystemTime(9_000);
        assertThat(cache.get("before")).isNotNull();
        assertThat(cache.get("after")).isNotNull();
        assertThat(cache.get("absolute")).isNotNull();
        assertThat(fetch(cache, "after").secondsToLive()).isEqualTo(1);
        advanceSystemTime(1_000);
        assertThat(cache.get("before")).isNull();
        assertThat(cache.get("after")).isNull();
        advanceSystemTime(988_999);
        assertThat(cache.get("absolute")).isNotNull();
        advanceSystemTime(1);
        assertThat(cache.get("absolute")).isNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldConvertAnAbsoluteExptimeByTheWallClockWhenItIsReceived() {
        Cache cache = cache(system);
        long exptime = START_SECOND + 3_600 + 100;
        MemcachedOperations.set(cache, "early", VALUE, 0, exptime);
        wallMillis.addAndGet(3_600_000);
        MemcachedOperations.set(cache, "late", VALUE, 0, exptime);
        MemcachedOperations.set(cache, "past", VALUE, 0, exptime - 101);
        assertThat(cache.get("past")).isNull();
        wallMillis.addAndGet(-7_200_000);
        advanceSystemTime(99_000);
        assertThat(cache.get("late")).isNotNull();
        advanceSystemTime(1_000);
        assertThat(cache.get("late")).isNull();
        assertThat(cache.get("early")).isNotNull();
        advanceSystemTime(3_600_000);
        assertThat(cache.get("early")).isNull();
    }

    @Test
    void shouldCountSecondsFromTheStartOfTheCache() {
        Cache cache = cache(system);
        advanceSystemTime(300);
        MemcachedOperations.set(cache, "a", VALUE, 0, 1);
        MemcachedOperations.set(cache, "absolute", VALUE, 0, START_SECOND + 3);
        advanceSystemTime(699);
        assertThat(cache.get("a")).isNotNull();
        MemcachedOperations.set(cache, "b", VALUE, 0, 2);
        assertThat(fetch(cache, "b").secondsToLive()).isEqualTo(2);
        advanceSystemTime(1); // the first tick
        assertThat(cache.get("a")).isNull();
        assertThat(fetch(cache, "b").secondsToLive()).isEqualTo(1);
        advanceSystemTime(999);
        assertThat(cache.get("b")).isNotNull();
        advanceSystemTime(1);
        assertThat(cache.get("b")).isNull();
        advanceSystemTime(999);
        assertThat(cache.get("absolute"))
                .isNotNull(); // the wall clock has reached its second, but there was no tick since
        assertThat(fetch(cache, "absolute").secondsToLive()).isEqualTo(1);
        advanceSystemTime(1);
        assertThat(cache.get("absolute")).isNull();
    }

    @Test
    void shouldCountSecondsFromTheLastReset() {
        Cache cache = cache(system);
        advanceSystemTime(900);
        cache.reset();
        MemcachedOperations.set(cache, "a", VALUE, 0, 10);
        advanceSystemTime(9_999);
        assertThat(cache.get("a")).isNotNull();
        advanceSystemTime(1);
        assertThat(cache.get("a")).isNull();
    }

    @Test
    void shouldShowUnixTimesByTheWallClock() {
        Cache cache = cache(system);
        advanceSystemTime(400);
        MemcachedOperations.set(cache, "relative", VALUE, 0, 10);
        ItemCursor relative = Engines.of(cache).cursor();
        assertThat(relative.next()).isTrue();
        assertThat(relative.exptimeUnixSecond()).isEqualTo(START_SECOND + 10);
        assertThat(relative.accessedUnixSecond()).isEqualTo(START_SECOND);
        cache.flushAll();
        MemcachedOperations.set(cache, "absolute", VALUE, 0, START_SECOND + 50_000_000);
        ItemCursor absolute = Engines.of(cache).cursor();
        assertThat(absolute.next()).isTrue();
        assertThat(absolute.exptimeUnixSecond()).isEqualTo(START_SECOND + 50_000_000);
    }

    @Test
    void shouldRecognizeTheSystemClock() {
        assertThat(SystemTime.elapsingAs(Clock.systemUTC())).isSameAs(SystemTime.INSTANCE);
        assertThat(SystemTime.elapsingAs(Clock.system(ZoneId.of("Asia/Tokyo")))).isSameAs(SystemTime.INSTANCE);
        assertThat(SystemTime.elapsingAs(InstantSource.system())).isSameAs(SystemTime.INSTANCE);
        assertThat(SystemTime.elapsingAs(system)).isSameAs(system);
        ElapsedTimeSource user = SystemTime.elapsingAs(() -> Instant.ofEpochSecond(-5));
        assertThat(user.isExact()).isTrue();
        assertThat(user.elapsedMillis()).isEqualTo(-5_000);
        assertThat(user.millis()).isEqualTo(-5_000);
        assertThat(user.instant()).isEqualTo(Instant.ofEpochSecond(-5));
    }

    @Test
    void shouldIgnoreTheTimeNeededToReadTheWallClock() {
        long offset = system.unixOffsetMillis();
        wallMillis.addAndGet(3); // read three milliseconds later than the monotonic source
        assertThat(system.unixOffsetMillis()).isEqualTo(offset);
        wallMillis.addAndGet(30);
        assertThat(system.unixOffsetMillis()).isEqualTo(offset + 33);
    }

    @Test
    void shouldReadTheClocksAgainIfReadingThemTookLong() {
        AtomicLong pauses = new AtomicLong();
        SystemTime slow = new SystemTime(
                () -> {
                    advanceSystemTime(pauses.getAndDecrement() > 0 ? 500 : 0);
                    return Instant.ofEpochMilli(wallMillis.get());
                },
                nanos::get);
        long offset = slow.unixOffsetMillis();
        wallMillis.addAndGet(1000);
        pauses.set(3);
        assertThat(slow.unixOffsetMillis()).isEqualTo(offset + 1000);
        assertThat(pauses).hasValue(-1); // the fourth reading took no time
        wallMillis.addAndGet(1000);
        pauses.set(100);
        assertThat(slow.unixOffsetMillis()).isEqualTo(offset + 2000); // after a bounded number of readings
        assertThat(pauses).hasValue(92);
    }

    // A clock controlled by a test

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 300, 699, 700, 999})
    void shouldExpireAfterTheTimeToLiveWheneverTheClockIsFrozen(long millisSinceStart) {
        TestClock clock = new TestClock(system);
        Cache cache = cache(clock);
        advanceSystemTime(millisSinceStart);
        MemcachedOperations.set(cache, "before", VALUE, 0, 10);
        clock.freeze();
        advanceSystemTime(12_345);
        MemcachedOperations.set(cache, "after", VALUE, 0, 10);
        clock.advance(Duration.ofMillis(9_500));
        ItemView view = fetch(cache, "after");
        assertThat(view.secondsToLive()).isEqualTo(1);
        assertThat(view.secondsSinceAccess()).isEqualTo(9);
        clock.advance(Duration.ofMillis(499));
        assertThat(cache.get("before")).isNotNull();
        assertThat(cache.get("after")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("before")).isNull();
        assertThat(cache.get("after")).isNull();
    }

    @Test
    void shouldExpireByTheMillisecondAfterTheClockIsAdvancedUntilItIsReset() {
        TestClock clock = new TestClock(system);
        Cache cache = cache(clock);
        advanceSystemTime(600);
        MemcachedOperations.set(cache, "a", VALUE, 0, 10);
        clock.advance(Duration.ofMillis(9_500)); // past the tenth tick
        assertThat(cache.get("a")).isNotNull();
        advanceSystemTime(500);
        assertThat(cache.get("a")).isNull();
        clock.reset();
        cache.reset();
        advanceSystemTime(600);
        MemcachedOperations.set(cache, "a", VALUE, 0, 1);
        advanceSystemTime(400);
        assertThat(cache.get("a")).isNull(); // the first tick
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldAgreeToTheMillisecondWithAModel(long seed) {
        Random random = new Random(seed);
        TestClock clock = TestClock.startingAt(Instant.ofEpochMilli(random.nextLong(2_000_000_000_000L)));
        Cache cache = Cache.builder().memoryLimitBytes(32 << 20).clock(clock).build();
        Map<String, Long> expiries = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            String key = "k" + random.nextInt(200);
            long ttl = random.nextInt(4) == 0 ? 1 + random.nextInt(2_592_000) : 1 + random.nextInt(20);
            long absolute = wallSecond(clock) + 1 + random.nextInt(100_000_000);
            switch (random.nextInt(5)) {
                case 0 -> {
                    MemcachedOperations.set(cache, key, VALUE, 0, ttl);
                    expiries.put(key, clock.millis() + ttl * 1000);
                }
                case 1 -> {
                    if (MemcachedOperations.touch(cache, key, ttl)) {
                        expiries.put(key, clock.millis() + ttl * 1000);
                    }
                }
                case 2 -> {
                    if (absolute > 2_592_000) {
                        MemcachedOperations.set(cache, key, VALUE, 0, absolute);
                        expiries.put(key, absolute * 1000);
                    }
                }
                case 3 ->
                    clock.advance(Duration.ofMillis(
                            random.nextInt(50) == 0 ? random.nextLong(4_000_000_000L) : random.nextInt(1_500)));
                default ->
                    assertThat(cache.get(key) != null)
                            .as(key + " at " + clock)
                            .isEqualTo(expiries.getOrDefault(key, Long.MIN_VALUE) > clock.millis());
            }
        }
        cache.checkIntegrity();
    }

    // Any start time, any exptime

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0001-01-01T00:00:00Z",
                "1900-01-01T00:00:00.999Z",
                "1969-12-31T23:59:59.500Z",
                "1970-01-01T00:00:00Z",
                "2038-01-19T03:14:07Z",
                "2106-02-07T06:28:15.001Z",
                "9999-12-31T23:59:59.999Z"
            })
    void shouldWorkFromAnyStartTime(String start) {
        TestClock clock = TestClock.startingAt(Instant.parse(start));
        Cache cache = cache(clock);
        cache.set("never", VALUE);
        for (int i = 0; i < 3; i++) {
            MemcachedOperations.set(cache, "relative", VALUE, 0, 100);
            MemcachedOperations.set(cache, "past", VALUE, 0, -1);
            assertThat(cache.get("past")).isNull();
            long absolute = wallSecond(clock) + 200;
            boolean hasAbsolute = absolute > CacheClock.RELATIVE_SECONDS_MAX;
            if (hasAbsolute) {
                MemcachedOperations.set(cache, "absolute", VALUE, 0, absolute);
            }
            clock.advance(Duration.ofMillis(99_999));
            assertThat(cache.get("relative")).isNotNull();
            clock.advance(Duration.ofMillis(1));
            assertThat(cache.get("relative")).isNull();
            assertThat(cache.get("absolute") != null).isEqualTo(hasAbsolute);
            clock.advance(Duration.ofSeconds(100));
            assertThat(cache.get("absolute")).isNull();
            assertThat(cache.get("never")).isNotNull();
            clock.advance(YEAR.multipliedBy(40));
        }
        MemcachedOperations.flushAll(cache, 100);
        clock.advance(Duration.ofSeconds(98));
        assertThat(cache.get("never")).isNotNull();
        clock.advance(Duration.ofSeconds(1));
        assertThat(cache.get("never")).isNull();
        cache.checkIntegrity();
    }

    @ParameterizedTest
    @ValueSource(ints = {67, 69, 100, 137, 8_000})
    void shouldKeepItemsManyYearsAfterTheStart(int years) {
        TestClock clock = TestClock.startingAt(Instant.EPOCH);
        Cache cache = cache(clock);
        cache.set("never", VALUE);
        MemcachedOperations.set(cache, "decades", VALUE, 0, YEAR.toSeconds() * 66);
        cache.set("touched", VALUE);
        clock.advance(YEAR.multipliedBy(years));
        assertThat(cache.get("never")).isNotNull();
        assertThat(cache.get("decades")).isNull();
        assertThat(MemcachedOperations.touch(cache, "touched", 50)).isTrue();
        MemcachedOperations.set(cache, "new", VALUE, 0, 60);
        assertThat(fetch(cache, "new").secondsToLive()).isEqualTo(60);
        clock.advance(Duration.ofMillis(49_999));
        assertThat(cache.get("touched")).isNotNull();
        ItemView view = fetch(cache, "new");
        assertThat(view.secondsToLive()).isEqualTo(11);
        assertThat(view.secondsSinceAccess()).isEqualTo(49);
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("touched")).isNull();
        assertThat(cache.get("new")).isNotNull();
        clock.advance(Duration.ofSeconds(10));
        assertThat(cache.get("new")).isNull();
        assertThat(cache.get("never")).isNotNull();
        cache.checkIntegrity();
    }

    @Test
    void shouldAcceptAnyExptime() {
        TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(START_SECOND));
        Cache cache = cache(clock);
        for (long far : new long[] {1L << 31, 0xFFFF_FFFFL, Long.MAX_VALUE / 1000 + 1, Long.MAX_VALUE}) {
            MemcachedOperations.set(cache, "far", VALUE, 0, far);
            assertThat(cache.get("far")).as("%d", far).isNotNull();
            clock.advance(Duration.ofDays(40));
            assertThat(cache.get("far")).as("%d", far).isNotNull();
        }
        assertThat(fetch(cache, "far").secondsToLive()).isGreaterThan(YEAR.toSeconds() * 100);
        MemcachedOperations.set(cache, "2106", VALUE, 0, 0xFFFF_FFFFL);
        assertThat(fetch(cache, "2106").secondsToLive()).isEqualTo(0xFFFF_FFFFL - wallSecond(clock));
        clock.advance(Duration.ofSeconds(0xFFFF_FFFFL - wallSecond(clock)).minusMillis(1));
        assertThat(cache.get("2106")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("2106")).isNull();
        for (long past : new long[] {-1, Long.MIN_VALUE, CacheClock.RELATIVE_SECONDS_MAX + 1, START_SECOND - 1}) {
            MemcachedOperations.set(cache, "past", VALUE, 0, past);
            assertThat(cache.get("past")).as("%d", past).isNull();
        }
        cache.checkIntegrity();
    }

    // A clock that is set back

    @ParameterizedTest
    @ValueSource(longs = {1, 5_000, 4_000_000, 3_000_000_000L, 100_000_000_000L, 4_000_000_000_000L})
    void shouldExpireByAClockThatWasSetBack(long backMillis) {
        TestClock clock = TestClock.startingAt(Instant.ofEpochMilli(START_SECOND * 1000 + 123));
        Cache cache = cache(clock);
        cache.set("never", VALUE);
        MemcachedOperations.set(cache, "earlier", VALUE, 0, 10);
        MemcachedOperations.set(cache, "touched", VALUE, 0, 10);
        clock.advance(Duration.ofMillis(-backMillis));
        MemcachedOperations.set(cache, "later", VALUE, 0, 10);
        assertThat(MemcachedOperations.touch(cache, "touched", 20)).isTrue();
        assertThat(fetch(cache, "later").secondsToLive()).isEqualTo(10);
        clock.advance(Duration.ofMillis(9_999));
        assertThat(cache.get("later")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("later")).isNull();
        clock.advance(Duration.ofMillis(9_999));
        assertThat(cache.get("touched")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("touched")).isNull();
        clock.advance(Duration.ofMillis(Math.max(0, backMillis - 20_000)));
        if (backMillis >= 20_000) {
            assertThat(cache.get("earlier")).isNotNull();
        }
        clock.advance(Duration.ofSeconds(11)); // times more than 49 days away are stored with an accuracy of one second
        assertThat(cache.get("earlier")).isNull();
        assertThat(cache.get("never")).isNotNull();
        cache.checkIntegrity();
    }
}
