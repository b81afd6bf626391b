package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that are longer than those of memcached's protocols. */
class LongKeyTest {
    private static final String LONGEST = "k".repeat(Cache.KEY_LENGTH_MAX);
    private static final byte[] VALUE = bytes("value");

    private final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    private final Cache cache = Cache.builder().clock(clock).build();

    @AfterEach
    void checkAndClose() {
        Caches.checkAndClose(cache);
    }

    private static String key(int length, int number) {
        return "k".repeat(length - 6) + String.format("%06d", number);
    }

    @ParameterizedTest
    @ValueSource(ints = {250, 251, 254, 255, 256, 257, 511, 512, 4_096, 20_000, Cache.KEY_LENGTH_MAX})
    void shouldExecuteEachOperationWithALongKey(int length) {
        String key = key(length, 1);
        assertThat(cache.replace(key, VALUE)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.set(key, VALUE)).isEqualTo(StoreResult.STORED);
        assertThat(cache.add(key, VALUE)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.append(key, bytes(" 2"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.prepend(key, bytes("1 "))).isEqualTo(StoreResult.STORED);
        for (int i = 0; i < 5; i++) { // later gets use the fast path
            assertThat(cache.get(key)).asString().isEqualTo("1 value 2");
        }
        Item item = cache.getItem(key);
        assertThat(item).isNotNull();
        assertThat(cache.casItem(key, Item.of(bytes("5")).withFlags(3).withCasUnique(item.casUnique() + 1)))
                .isEqualTo(StoreResult.EXISTS);
        assertThat(cache.casItem(key, Item.of(bytes("5")).withFlags(3).withCasUnique(item.casUnique())))
                .isEqualTo(StoreResult.STORED);
        assertThat(cache.increment(key, 7)).isEqualTo(new CounterResult(CounterStatus.STORED, 12));
        assertThat(cache.decrement(key, 3)).isEqualTo(new CounterResult(CounterStatus.STORED, 9));
        assertThat(cache.getItem(key)).extracting(Item::flags).isEqualTo(3);
        assertThat(cache.compute(key, (k, old) -> bytes(new String(old, StandardCharsets.UTF_8) + "!")))
                .asString()
                .isEqualTo("9 !");
        assertThat(cache.touch(key, Duration.ofSeconds(10))).isTrue();
        assertThat(cache.getAndTouch(key, Duration.ofSeconds(20))).isNotNull();
        assertThat(cache.getItem(key)).extracting(Item::timeToLive).isEqualTo(Duration.ofSeconds(20));
        assertThat(cache.getAll(List.of("other", key))).containsOnlyKeys(key);
        assertThat(cache.getAndDelete(key)).asString().isEqualTo("9 !");
        assertThat(cache.get(key)).isNull();
        assertThat(cache.delete(key)).isEqualTo(DeleteResult.NOT_FOUND);
        assertThat(cache.set(key, VALUE)).isEqualTo(StoreResult.STORED);
        assertThat(cache.delete(key)).isEqualTo(DeleteResult.DELETED);
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldDistinguishKeysThatDifferOnlyAfter250Bytes() {
        String start = "k".repeat(250);
        List<String> keys = Stream.of("", "a", "b", "aa", "aaaaa", "aaaaaa", "a".repeat(262), "a".repeat(518))
                .map(start::concat)
                .toList();
        for (String key : keys) {
            cache.set(key, bytes(key.substring(250)));
        }
        for (String key : keys) {
            assertThat(cache.get(key)).asString().isEqualTo(key.substring(250));
        }
        assertThat(cache.keys()).containsExactlyInAnyOrderElementsOf(keys);
        cache.delete(start + "a");
        assertThat(cache.get(start + "a")).isNull();
        assertThat(cache.getAll(keys)).hasSize(keys.size() - 1);
    }

    @Test
    void shouldRejectKeysOfMoreThan65535Bytes() {
        assertThat(cache.set(LONGEST, VALUE)).isEqualTo(StoreResult.STORED);
        assertThat(cache.get(LONGEST)).isEqualTo(VALUE);
        String message = "the key must have 1 to 65535 bytes: ";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.set(LONGEST + "k", VALUE))
                .withMessage(message + 65_536);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.get("\u00e9".repeat(40_000)))
                .withMessage(message + 80_000);
        TypedCache<String, byte[]> view =
                cache.typed(Codecs.utf8(), Codecs.bytes()).prefix("p:");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.get("k".repeat(65_534)))
                .withMessage(message + 65_536);
    }

    @Test
    void shouldCountTheKeyTowardsTheMaximumItemSize() {
        int max = 10_000;
        try (Cache small = Cache.builder().maxItemSizeBytes(max).build()) {
            int overhead = (int) Cache.itemSize(0, 0, 0);
            String key = "k".repeat(max - overhead - 10);
            assertThat(small.set(key, new byte[10])).isEqualTo(StoreResult.STORED);
            assertThat(small.set(key, new byte[11])).isEqualTo(StoreResult.TOO_LARGE);
            assertThat(small.set(key, new byte[10])).isEqualTo(StoreResult.STORED);
            assertThat(small.append(key, new byte[1])).isEqualTo(StoreResult.NOT_STORED);
            small.checkIntegrity();
        }
    }

    @Test
    void shouldStoreLargeValuesUnderLongKeys() {
        byte[] large = new byte[700_000];
        new Random(1).nextBytes(large);
        assertThat(cache.setItem(LONGEST, Item.of(large).withFlags(9))).isEqualTo(StoreResult.STORED);
        assertThat(cache.append(LONGEST, bytes("end"))).isEqualTo(StoreResult.STORED);
        assertThat(cache.get(LONGEST)).startsWith(large).endsWith(bytes("end"));
        assertThat(cache.getItem(LONGEST)).extracting(Item::flags).isEqualTo(9);
    }

    @Test
    void shouldIterateOverItemsWithLongKeys() {
        Map<String, Integer> expected = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            String key = key(200 + 37 * i, i);
            expected.put(key, i);
            cache.set(key, bytes(Integer.toString(i)));
        }
        Map<String, Integer> seen = new HashMap<>();
        cache.forEach((key, value) -> seen.put(key, Integer.valueOf(new String(value, StandardCharsets.UTF_8))));
        assertThat(seen).isEqualTo(expected);
        assertThat(cache.keys("k".repeat(300))).hasSize((int) expected.keySet().stream()
                .filter(key -> key.startsWith("k".repeat(300)))
                .count());
        assertThat(cache.removeIf((key, value) -> key.length() > 5_000))
                .isEqualTo(expected.keySet().stream()
                        .filter(key -> key.length() > 5_000)
                        .count());
        assertThat(cache.keys()).allMatch(key -> key.length() <= 5_000);
    }

    @Test
    void shouldClearAViewWithALongPrefix() {
        TypedCache<String, Long> view =
                cache.typed(Codecs.utf8(), Codecs.decimal()).prefix("p".repeat(1_000) + ":");
        view.set("a", 1L);
        cache.set("p".repeat(1_000), VALUE);
        assertThat(view.increment("a", 1).number()).isEqualTo(2);
        view.clear();
        assertThat(view.get("a")).isNull();
        assertThat(cache.get("p".repeat(1_000))).isNotNull();
    }

    @Test
    void shouldExpireAndFlushItemsWithLongKeys() {
        for (int i = 0; i < 100; i++) {
            cache.set(key(10_000, i), VALUE, Duration.ofSeconds(i < 50 ? 10 : 100));
            cache.set(key(300, i), VALUE, Duration.ofSeconds(i < 50 ? 10 : 100));
        }
        clock.advance(Duration.ofSeconds(10));
        assertThat(cache.get(key(10_000, 0))).isNull();
        assertThat(cache.get(key(300, 49))).isNull();
        assertThat(cache.get(key(10_000, 50))).isEqualTo(VALUE);
        assertThat(cache.keys()).hasSize(100);
        cache.flushAll();
        assertThat(cache.get(key(10_000, 50))).isNull();
        assertThat(cache.statistics().get(Statistic.GET_FLUSHED)).isEqualTo(1);
        assertThat(cache.statistics().items()).isZero();
    }

    /** Evicts, deletes and overwrites so many items that segments are emptied and their items moved; those with short keys do not all fit. */
    @Test
    void shouldKeepTheRightValuesWhileItemsAreMovedAndEvicted() {
        Random random = new Random(7);
        try (Cache small = Cache.builder()
                .memoryLimitBytes(2 * Cache.MEMORY_LIMIT_BYTES_MIN)
                .clock(clock)
                .build()) {
            List<String> evicted = new ArrayList<>();
            small.addRemovalListener(removal -> evicted.add(removal.keyText()), RemovalCause.EVICTED);
            int[] lengths = {10, 250, 255, 256, 300, 1_000, 3_000, 5_000};
            for (int round = 0; round < 30_000; round++) {
                int number = random.nextInt(15_000);
                int length = number % 500 == 0 ? 65_535 : lengths[number % lengths.length];
                String key = key(length, number);
                switch (random.nextInt(6)) {
                    case 0 -> small.delete(key);
                    case 1, 2 -> {
                        byte[] found = small.get(key);
                        assertThat(found == null || new String(found, StandardCharsets.UTF_8).startsWith(number + ":"))
                                .isTrue();
                    }
                    case 3 -> small.setItem(key, Item.of(bytes(number + ":")).withFlags(1 + number));
                    default -> small.set(key, bytes(number + ":" + "v".repeat(random.nextInt(100))));
                }
            }
            small.checkIntegrity();
            assertThat(small.statistics().get(Statistic.EVICTIONS)).isEqualTo(evicted.size());
            assertThat(evicted.stream().map(String::length)).contains(250, 256, 3_000, 65_535);
            assertThat(evicted)
                    .allMatch(key -> key.equals(key(key.length(), Integer.parseInt(key.substring(key.length() - 6)))));
            small.forEach((key, value) -> assertThat(new String(value, StandardCharsets.UTF_8))
                    .startsWith(Integer.parseInt(key.substring(key.length() - 6)) + ":"));
        }
    }

    @Test
    void shouldKeepKeysWithSpacesAndControlCharacters() {
        List<String> keys =
                IntStream.range(0, 128).mapToObj(c -> "a" + (char) c + "b").toList();
        keys.forEach(key -> cache.set(key, bytes(key)));
        assertThat(cache.keys()).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(keys).allSatisfy(key -> assertThat(cache.get(key)).isEqualTo(bytes(key)));
    }
}
