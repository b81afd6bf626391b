package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CacheOperationsTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final TestClock clock = new TestClock();
    private final Cache cache =
            Cache.builder().clock(clock).memoryLimitBytes(8 << 20).build();

    @BeforeEach
    void freezeTheClock() {
        clock.freeze();
    }

    @AfterEach
    void checkAndClose() {
        Caches.checkAndClose(cache);
    }

    private Item item(String key) {
        return Objects.requireNonNull(cache.getItem(key));
    }

    @Test
    void shouldExpireAfterTheTimeToLive() {
        cache.set("k", bytes("v"), Duration.ofMillis(1500));
        cache.add("added", bytes("v"), Duration.ofMillis(1500));
        clock.advance(Duration.ofMillis(1499));
        assertThat(cache.get("k")).isEqualTo(bytes("v"));
        assertThat(cache.get("added")).isEqualTo(bytes("v"));
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("k")).isNull();
        assertThat(cache.get("added")).isNull();
    }

    @Test
    void shouldCountTimesToLiveOfMoreThan30DaysFromNow() {
        cache.set("k", bytes("v"), Duration.ofDays(60));
        assertThat(item("k").timeToLive()).isEqualTo(Duration.ofDays(60));
        clock.advance(Duration.ofDays(60).minusMillis(1));
        assertThat(cache.get("k")).isNotNull();
        clock.advance(Duration.ofMillis(1001));
        assertThat(cache.get("k")).isNull();
    }

    @Test
    void shouldNeverExpireWithoutATimeToLiveOrWithOneOf100Years() {
        cache.set("none", bytes("v"));
        cache.set("forever", bytes("v"), ChronoUnit.FOREVER.getDuration());
        cache.set("century", bytes("v"), Duration.ofDays(36_525));
        assertThat(item("none").timeToLive()).isNull();
        assertThat(item("forever").timeToLive()).isNull();
        assertThat(item("century").timeToLive()).isNull();
    }

    @Test
    void shouldRejectTimesToLiveThatAreNotPositive() {
        for (Duration invalid : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(-1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> cache.set("k", bytes("v"), invalid))
                    .withMessageStartingWith("the time to live must be positive, not " + invalid);
            assertThatIllegalArgumentException().isThrownBy(() -> cache.add("k", bytes("v"), invalid));
            assertThatIllegalArgumentException().isThrownBy(() -> cache.replace("k", bytes("v"), invalid));
            assertThatIllegalArgumentException().isThrownBy(() -> cache.cas("k", bytes("v"), invalid, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> cache.touch("k", invalid));
            assertThatIllegalArgumentException().isThrownBy(() -> cache.getAndTouch("k", invalid));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Item.of(bytes("v")).withTimeToLive(invalid));
            assertThatIllegalArgumentException().isThrownBy(() -> cache.flushAll(invalid));
        }
        assertThat(cache.statistics().items()).isZero();
    }

    @Test
    void shouldSetTheTimeToLiveOfAnExistingItem() {
        assertThat(cache.touch("k", MINUTE)).isFalse();
        assertThat(cache.getAndTouch("k", MINUTE)).isNull();
        cache.set("k", bytes("v"));
        assertThat(cache.touch("k", MINUTE)).isTrue();
        assertThat(item("k").timeToLive()).isEqualTo(MINUTE);
        Item touched = Objects.requireNonNull(cache.getAndTouch("k", Duration.ofHours(1)));
        assertThat(touched.value()).isEqualTo(bytes("v"));
        assertThat(touched.timeToLive()).isEqualTo(Duration.ofHours(1));
        clock.advance(Duration.ofMinutes(59));
        assertThat(item("k").timeToLive()).isEqualTo(MINUTE);
    }

    @Test
    void shouldStoreItemsWithClientFlags() {
        Item stored = Item.of(bytes("v")).withFlags(7).withTimeToLive(MINUTE);
        assertThat(cache.replaceItem("k", stored)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.addItem("k", stored)).isEqualTo(StoreResult.STORED);
        assertThat(item("k").flags()).isEqualTo(7);
        assertThat(item("k").timeToLive()).isEqualTo(MINUTE);
        assertThat(cache.addItem("k", stored)).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.replaceItem("k", Item.of(bytes("r")).withFlags(8))).isEqualTo(StoreResult.STORED);
        assertThat(item("k").timeToLive()).isNull();
        assertThat(cache.setItem("k", Item.of(bytes("s")))).isEqualTo(StoreResult.STORED);
        assertThat(item("k").flags()).isZero();
        Item read = item("k");
        assertThat(cache.casItem("k", read.withFlags(9))).isEqualTo(StoreResult.STORED);
        assertThat(cache.casItem("k", read.withFlags(10))).isEqualTo(StoreResult.EXISTS);
        assertThat(item("k").flags()).isEqualTo(9);
    }

    @Test
    void shouldCompareAndSetWithATimeToLive() {
        cache.set("k", bytes("v"));
        long casUnique = item("k").casUnique();
        assertThat(cache.cas("k", bytes("w"), MINUTE, casUnique)).isEqualTo(StoreResult.STORED);
        assertThat(item("k").timeToLive()).isEqualTo(MINUTE);
        assertThat(cache.cas("k", bytes("x"), MINUTE, casUnique)).isEqualTo(StoreResult.EXISTS);
    }

    @Test
    void shouldDeleteAndReturnTheValue() {
        assertThat(cache.getAndDelete("k")).isNull();
        cache.set("k", bytes("v"));
        byte[] large = new byte[300_000];
        cache.set("large", large);
        assertThat(cache.getAndDelete("k")).isEqualTo(bytes("v"));
        assertThat(cache.getAndDelete("large")).isEqualTo(large);
        assertThat(cache.get("k")).isNull();
        assertThat(cache.getAndDelete("k")).isNull();
        assertThat(cache.statistics().items()).isZero();
        assertThat(cache.statistics().get(Statistic.DELETE_HITS)).isEqualTo(2);
    }

    @Test
    void shouldGetAllInTheOrderOfTheKeys() {
        Map<String, byte[]> values = new LinkedHashMap<>();
        for (int i = 0; i < 100; i++) {
            values.put("k" + i, bytes("v" + i));
        }
        assertThat(cache.setAll(values)).isEmpty();
        List<String> keys = IntStream.range(0, 200).mapToObj(i -> "k" + i).collect(Collectors.toList());
        Collections.reverse(keys);
        Map<String, byte[]> found = cache.getAll(keys);
        List<String> expected = new ArrayList<>(values.keySet());
        Collections.reverse(expected);
        assertThat(found.keySet()).containsExactlyElementsOf(expected);
        assertThat(found.get("k42")).isEqualTo(bytes("v42"));
        assertThat(cache.statistics().get(Statistic.GET_HITS)).isEqualTo(100);
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isEqualTo(100);
        assertThat(cache.getAll(List.of())).isEmpty();
    }

    @Test
    void shouldReportTheValuesOfSetAllThatWereNotStored() {
        Map<String, byte[]> values = Map.of("small", bytes("v"), "large", new byte[2 << 20]);
        assertThat(cache.setAll(values, MINUTE)).isEqualTo(Map.of("large", StoreResult.TOO_LARGE));
        assertThat(item("small").timeToLive()).isEqualTo(MINUTE);
        assertThat(cache.statistics().get(Statistic.STORE_TOO_LARGE)).isEqualTo(1);
    }

    @Test
    void shouldDeleteAll() {
        cache.setAll(Map.of("a", bytes("1"), "b", bytes("2"), "c", bytes("3")));
        assertThat(cache.deleteAll(List.of("a", "c", "x"))).isEqualTo(2);
        assertThat(cache.keys()).containsExactly("b");
    }

    @Test
    void shouldVisitAllItems() {
        Map<String, String> expected = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            expected.put("key" + i, "value" + i);
            cache.set("key" + i, bytes("value" + i));
        }
        cache.set("expired", bytes("v"), MINUTE);
        clock.advance(MINUTE);
        Map<String, String> visited = new HashMap<>();
        cache.forEach((key, value) -> visited.put(key, new String(value, StandardCharsets.UTF_8)));
        assertThat(visited).isEqualTo(expected);
        assertThat(cache.keys().collect(Collectors.toSet())).isEqualTo(expected.keySet());
        assertThat(cache.statistics().get(Statistic.GET_HITS)).isZero();
    }

    @Test
    void shouldReturnTheKeysWithAPrefix() {
        cache.setAll(Map.of("a:1", bytes(""), "a:2", bytes(""), "a", bytes(""), "b:1", bytes("")));
        assertThat(cache.keys("a:")).containsExactlyInAnyOrder("a:1", "a:2");
        assertThat(cache.keys("")).hasSize(4);
        assertThat(cache.keys("a:").limit(1)).hasSize(1);
        assertThat(cache.keys("none")).isEmpty();
    }

    @Test
    void shouldRemoveTheItemsThatMatch() {
        for (int i = 0; i < 1000; i++) {
            cache.set("k" + i, bytes(Integer.toString(i % 2)));
        }
        assertThat(cache.removeIf((key, value) -> value[0] == '1')).isEqualTo(500);
        assertThat(cache.statistics().items()).isEqualTo(500);
        Set<String> odd = new HashSet<>();
        cache.forEach((key, value) -> odd.add(new String(value, StandardCharsets.UTF_8)));
        assertThat(odd).containsExactly("0");
    }

    @Test
    void shouldNotRemoveAnItemThatChangesWhileItIsTested() {
        cache.set("k", bytes("old"));
        long removed = cache.removeIf((key, value) -> {
            cache.set("k", bytes("new"));
            return true;
        });
        assertThat(removed).isZero();
        assertThat(cache.get("k")).isEqualTo(bytes("new"));
    }

    @Test
    void shouldComputeFromTheOldValue() {
        assertThat(cache.compute("k", (key, old) -> old == null ? bytes(key) : null))
                .isEqualTo(bytes("k"));
        cache.setItem("k", Item.of(bytes("1")).withFlags(5).withTimeToLive(MINUTE));
        cache.compute("k", (key, old) -> bytes(new String(Objects.requireNonNull(old), StandardCharsets.UTF_8) + "2"));
        assertThat(item("k").value()).isEqualTo(bytes("12"));
        assertThat(item("k").flags()).isEqualTo(5);
        assertThat(item("k").timeToLive()).isEqualTo(MINUTE);
        cache.compute("k", Duration.ofHours(1), (key, old) -> bytes("3"));
        assertThat(item("k").timeToLive()).isEqualTo(Duration.ofHours(1));
        assertThat(cache.compute("k", (key, old) -> null)).isNull();
        assertThat(cache.get("k")).isNull();
        assertThat(cache.compute("k", (key, old) -> null)).isNull();
    }

    @Test
    void shouldComputeAgainIfTheItemChangesMeanwhile() {
        AtomicInteger calls = new AtomicInteger();
        cache.compute("k", (key, old) -> {
            if (calls.incrementAndGet() <= 2) {
                cache.set("k", bytes("x" + calls.get()));
            }
            return bytes((old == null ? "" : new String(old, StandardCharsets.UTF_8)) + "!");
        });
        assertThat(calls).hasValue(3);
        assertThat(cache.get("k")).isEqualTo(bytes("x2!"));
    }

    @Test
    void shouldLeaveTheItemIfTheFunctionThrows() {
        cache.set("k", bytes("v"));
        assertThatThrownBy(() -> cache.compute("k", (key, old) -> {
                    throw new IllegalStateException("no value");
                }))
                .hasMessage("no value");
        assertThat(cache.get("k")).isEqualTo(bytes("v"));
    }

    @Test
    void shouldRemoveTheOldItemIfTheComputedValueIsTooLarge() {
        cache.set("k", bytes("v"));
        assertThat(cache.compute("k", (key, old) -> new byte[2 << 20])).hasSize(2 << 20);
        assertThat(cache.get("k")).isNull();
        assertThat(cache.compute("k", (key, old) -> new byte[2 << 20])).hasSize(2 << 20);
    }

    @Test
    void shouldWorkWithoutCasUniquesExceptForCompute() {
        try (Cache plain = Cache.builder().casEnabled(false).build()) {
            plain.set("a", bytes("1"));
            plain.set("b", bytes("2"));
            assertThat(plain.getAndDelete("a")).isEqualTo(bytes("1"));
            assertThat(plain.removeIf((key, value) -> key.equals("b"))).isEqualTo(1);
            assertThatThrownBy(() -> plain.compute("k", (key, old) -> bytes("v")))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("casEnabled(false)");
        }
    }

    @Test
    void shouldFlushAfterADelay() {
        cache.set("k", bytes("v"));
        cache.flushAll(Duration.ofMillis(2500));
        clock.advance(Duration.ofMillis(2499));
        assertThat(cache.get("k")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.get("k")).isNull();
        cache.set("k", bytes("v"));
        assertThat(cache.get("k")).isNotNull();
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void shouldRejectNull() {
        assertThatNullPointerException().isThrownBy(() -> cache.setAll(Collections.singletonMap("k", null)));
        assertThatNullPointerException().isThrownBy(() -> cache.getAll(Collections.singletonList(null)));
        assertThatNullPointerException().isThrownBy(() -> cache.set("k", bytes("v"), null));
        assertThatNullPointerException().isThrownBy(() -> cache.setItem("k", null));
        assertThatNullPointerException().isThrownBy(() -> cache.compute("k", null));
        assertThatNullPointerException().isThrownBy(() -> cache.forEach(null));
        assertThatNullPointerException().isThrownBy(() -> cache.removeIf(null));
    }
}
