package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.testing.TestClock;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Applies random operations to a cache and to a plain map with expiry, and compares the results. The seed is part of the test name. */
class CacheModelTest {
    private static final int OPERATIONS = 30_000;
    private static final int KEYS = 400;

    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Map<String, Entry> model = new HashMap<>();
    private long flushAtSecond = Long.MAX_VALUE;

    private record Entry(byte[] value, int flags, long casUnique, long expirySecond) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldBehaveLikeAMapWithExpiry(long seed) {
        Random random = new Random(seed);
        // All items of the model fit: a missing one was lost.
        Cache cache = Cache.builder().memoryLimitBytes(32 << 20).clock(clock).build();
        for (int i = 0; i < OPERATIONS; i++) {
            applyRandomOperation(cache, random);
            if (i % 1000 == 0) {
                cache.checkIntegrity();
            }
        }
        cache.checkIntegrity();
        for (String key : List.copyOf(model.keySet())) {
            assertSame(cache.getItem(key), live(key));
        }
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isZero();
    }

    private void applyRandomOperation(Cache cache, Random random) {
        String key = "key" + random.nextInt(KEYS);
        Entry old = live(key);
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> store(cache, StoreMode.SET, key, random);
            case 5 -> store(cache, StoreMode.ADD, key, random);
            case 6 -> store(cache, StoreMode.REPLACE, key, random);
            case 7 -> concatenate(cache, StoreMode.APPEND, key, random);
            case 8 -> concatenate(cache, StoreMode.PREPEND, key, random);
            case 9 -> cas(cache, key, random);
            case 10, 11 -> {
                assertThat(cache.delete(key)).isEqualTo(old == null ? DeleteResult.NOT_FOUND : DeleteResult.DELETED);
                model.remove(key);
            }
            case 12 -> {
                long exptime = exptime(random);
                assertThat(MemcachedOperations.touch(cache, key, exptime)).isEqualTo(old != null);
                if (old != null) {
                    model.put(key, new Entry(old.value, old.flags, old.casUnique, expiry(exptime)));
                }
            }
            case 13 -> {
                long exptime = exptime(random);
                Item item = MemcachedOperations.getAndTouch(cache, key, exptime);
                assertSame(item, old);
                if (old != null) {
                    model.put(key, new Entry(old.value, old.flags, old.casUnique, expiry(exptime)));
                }
            }
            case 14 -> setNumber(cache, key, random);
            case 15 -> incrementOrDecrement(cache, key, random);
            case 16 -> {
                if (random.nextInt(50) == 0) {
                    clock.advance(Duration.ofSeconds(random.nextInt(20)));
                }
            }
            case 17 -> {
                if (random.nextInt(300) == 0) {
                    long delay = random.nextInt(3) * 10L;
                    MemcachedOperations.flushAll(cache, delay);
                    flushAtSecond = clock.instant().getEpochSecond() + Math.max(0, delay - 1);
                }
            }
            default -> assertSame(cache.getItem(key), old);
        }
    }

    private void store(Cache cache, StoreMode mode, String key, Random random) {
        Entry old = live(key);
        byte[] value = value(random);
        int flags = random.nextBoolean() ? 0 : random.nextInt();
        long exptime = exptime(random);
        StoreResult result = switch (mode) {
            case SET -> MemcachedOperations.set(cache, key, value, flags, exptime);
            case ADD -> MemcachedOperations.add(cache, key, value, flags, exptime);
            default -> MemcachedOperations.replace(cache, key, value, flags, exptime);
        };
        boolean isStored = mode == StoreMode.SET || (mode == StoreMode.ADD) == (old == null);
        assertThat(result).isEqualTo(isStored ? StoreResult.STORED : StoreResult.NOT_STORED);
        if (isStored) {
            put(cache, key, value, flags, expiry(exptime));
        }
    }

    private void concatenate(Cache cache, StoreMode mode, String key, Random random) {
        Entry old = live(key);
        byte[] addition = Arrays.copyOf(value(random), random.nextInt(100));
        StoreResult result = mode == StoreMode.APPEND ? cache.append(key, addition) : cache.prepend(key, addition);
        boolean fits =
                old != null && Cache.itemSize(key.length(), old.flags, old.value.length + addition.length) <= 1 << 20;
        assertThat(result).isEqualTo(fits ? StoreResult.STORED : StoreResult.NOT_STORED);
        if (old != null && fits) {
            byte[] value = mode == StoreMode.APPEND ? concat(old.value, addition) : concat(addition, old.value);
            put(cache, key, value, old.flags, old.expirySecond);
        }
    }

    private void cas(Cache cache, String key, Random random) {
        Entry old = live(key);
        byte[] value = value(random);
        long casUnique = old == null || random.nextInt(3) == 0 ? random.nextInt(5) : old.casUnique;
        StoreResult result = MemcachedOperations.cas(cache, key, value, 3, 0, casUnique);
        if (old == null) {
            assertThat(result).isEqualTo(StoreResult.NOT_FOUND);
        } else if (old.casUnique != casUnique) {
            assertThat(result).isEqualTo(StoreResult.EXISTS);
        } else {
            assertThat(result).isEqualTo(StoreResult.STORED);
            put(cache, key, value, 3, Long.MAX_VALUE);
        }
    }

    private void setNumber(Cache cache, String key, Random random) {
        byte[] value = bytes(Long.toUnsignedString(random.nextLong() >>> random.nextInt(64)));
        assertThat(cache.set(key, value)).isEqualTo(StoreResult.STORED);
        put(cache, key, value, 0, Long.MAX_VALUE);
    }

    private void incrementOrDecrement(Cache cache, String key, Random random) {
        Entry old = live(key);
        long delta = random.nextLong() >>> random.nextInt(64);
        boolean isIncrement = random.nextBoolean();
        CounterResult result = isIncrement ? cache.increment(key, delta) : cache.decrement(key, delta);
        if (old == null) {
            assertThat(result.status()).isEqualTo(CounterStatus.NOT_FOUND);
            return;
        }
        String text = new String(old.value, StandardCharsets.ISO_8859_1).split("[ \\x00]", 2)[0]; // up to the padding
        if (!text.matches("[0-9]{1,20}") || new BigInteger(text).bitLength() > Long.SIZE) {
            assertThat(result.status()).isEqualTo(CounterStatus.NON_NUMERIC);
            return;
        }
        long number = Long.parseUnsignedLong(text);
        boolean isBelowZero = !isIncrement && Long.compareUnsigned(number, delta) < 0;
        long expected = isIncrement ? number + delta : isBelowZero ? 0 : number - delta;
        assertThat(result).isEqualTo(new CounterResult(CounterStatus.STORED, expected));
        String digits = Long.toUnsignedString(expected);
        String padded = digits + " ".repeat(Math.max(0, old.value.length - digits.length()));
        put(cache, key, bytes(padded), old.flags, old.expirySecond);
    }

    /** Puts the expected item into the model, with the CAS unique that the cache assigned. */
    private void put(Cache cache, String key, byte[] value, int flags, long expirySecond) {
        if (expirySecond <= clock.instant().getEpochSecond()) {
            model.remove(key);
            assertThat(cache.getItem(key)).isNull();
            return;
        }
        Item item = cache.getItem(key);
        assertThat(item).isNotNull();
        if (item != null) {
            Entry old = model.put(key, new Entry(value, flags, item.casUnique(), expirySecond));
            assertThat(old == null || old.casUnique != item.casUnique()).isTrue();
            assertSame(item, live(key));
        }
    }

    private @Nullable Entry live(String key) {
        if (clock.instant().getEpochSecond() >= flushAtSecond) {
            model.clear();
            flushAtSecond = Long.MAX_VALUE;
        }
        Entry entry = model.get(key);
        if (entry != null && entry.expirySecond <= clock.instant().getEpochSecond()) {
            model.remove(key);
            return null;
        }
        return entry;
    }

    private static void assertSame(@Nullable Item item, @Nullable Entry entry) {
        if (entry == null) {
            assertThat(item).isNull();
            return;
        }
        assertThat(item).isNotNull();
        if (item != null) {
            assertThat(item.value()).isEqualTo(entry.value);
            assertThat(item.flags()).isEqualTo(entry.flags);
            assertThat(item.casUnique()).isEqualTo(entry.casUnique);
        }
    }

    /** Returns a value that is mostly short, sometimes longer than a quarter of a segment. */
    private static byte[] value(Random random) {
        int length = switch (random.nextInt(20)) {
            case 0 -> random.nextInt(60_000);
            case 1, 2, 3 -> random.nextInt(5_000);
            default -> random.nextInt(200);
        };
        byte[] value = new byte[length];
        random.nextBytes(value);
        if (length > 0) {
            value[0] = 'v'; // not a number
        }
        return value;
    }

    private long exptime(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextInt(100);
            case 1 -> clock.instant().getEpochSecond() + random.nextInt(100) - 20;
            case 2 -> -random.nextInt(3);
            case 3 -> 1 + random.nextInt(2_592_000);
            default -> 0;
        };
    }

    private long expiry(long exptime) {
        if (exptime == 0) {
            return Long.MAX_VALUE;
        }
        return exptime < 0 ? 0 : exptime <= 2_592_000 ? clock.instant().getEpochSecond() + exptime : exptime;
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void shouldReturnTheLastValueOrNoneWhileEvicting(long seed) {
        Random random = new Random(seed);
        Cache cache = Cache.builder().memoryLimitBytes(1 << 20).clock(clock).build();
        Map<String, byte[]> last = new HashMap<>();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            String key = "key" + random.nextInt(5_000);
            if (random.nextInt(3) == 0) {
                byte[] value = value(random);
                assertThat(MemcachedOperations.set(
                                cache, key, value, 0, random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 0))
                        .isEqualTo(StoreResult.STORED);
                last.put(key, value);
                keys.add(key);
                assertThat(cache.get(key)).isEqualTo(value);
            } else if (random.nextInt(20) == 0) {
                cache.delete(key);
                last.remove(key);
                assertThat(cache.get(key)).isNull();
            } else {
                byte[] value = cache.get(key);
                assertThat(value == null || Arrays.equals(value, last.get(key))).isTrue();
            }
            if (i % 500 == 0) {
                clock.advance(Duration.ofSeconds(1));
                cache.checkIntegrity();
            }
        }
        cache.checkIntegrity();
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isPositive();
    }
}
