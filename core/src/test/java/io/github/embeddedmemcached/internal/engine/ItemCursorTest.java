package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ItemCursorTest {
    private final TestClock clock = TestClock.startingAt(Instant.ofEpochSecond(1_700_000_000));
    private final Cache cache = Cache.builder().clock(clock).build();

    @Test
    void shouldVisitEachItemOnceWithItsMetadata() {
        cache.set("plain", new byte[10]);
        MemcachedOperations.set(cache, "other", new byte[20], 7, 100);
        MemcachedOperations.set(cache, "expired", new byte[1], 0, 5);
        clock.advance(Duration.ofSeconds(5));
        cache.get("plain");
        Map<String, ItemCursor> seen = new HashMap<>();
        ItemCursor cursor = Engines.of(cache).cursor();
        while (cursor.next()) {
            String key = new String(cursor.key(), cursor.keyOffset(), cursor.keyLength(), StandardCharsets.US_ASCII);
            assertThat(seen.put(key, cursor)).isNull();
            boolean isPlain = key.equals("plain");
            assertThat(cursor.flags()).isEqualTo(isPlain ? 0 : 7);
            assertThat(cursor.casUnique()).isEqualTo(isPlain ? 1 : 2);
            assertThat(cursor.valueLength()).isEqualTo(isPlain ? 10 : 20);
            assertThat(cursor.itemSize()).isEqualTo(Cache.itemSize(5, isPlain ? 0 : 7, isPlain ? 10 : 20));
            assertThat(cursor.isFetched()).isEqualTo(isPlain);
            assertThat(cursor.hasBinaryKey()).isFalse();
            assertThat(cursor.exptimeUnixSecond())
                    .isEqualTo(isPlain ? -1 : clock.instant().getEpochSecond() + 95);
            assertThat(cursor.accessedUnixSecond()).isEqualTo(clock.instant().getEpochSecond() - 5);
        }
        assertThat(seen.keySet()).containsExactlyInAnyOrder("plain", "other");
    }

    @Test
    void shouldVisitEachItemOnceIfTheClockThrowsDuringTheIteration() {
        boolean[] fails = {false};
        Cache failing = Cache.builder()
                .clock(() -> {
                    if (fails[0]) {
                        throw new IllegalStateException("thrown by a test");
                    }
                    return clock.instant();
                })
                .build();
        for (int i = 0; i < 1_000; i++) {
            failing.set("key" + i, new byte[1]);
        }
        List<String> seen = new ArrayList<>();
        ItemCursor cursor = Engines.of(failing).cursor();
        int failures = 0;
        boolean hasNext = true;
        while (hasNext) {
            fails[0] = !fails[0];
            try {
                hasNext = cursor.next();
                if (hasNext) {
                    seen.add(new String(
                            cursor.key(), cursor.keyOffset(), cursor.keyLength(), StandardCharsets.US_ASCII));
                }
            } catch (IllegalStateException e) {
                failures++;
            }
        }
        assertThat(failures).isPositive();
        assertThat(seen).hasSize(1_000).doesNotHaveDuplicates();
    }

    @Test
    void shouldVisitEveryExistingItemWhileTheCacheGrows() {
        int existing = 20_000;
        for (int i = 0; i < existing; i++) {
            cache.set("existing" + i, new byte[1]);
        }
        Set<String> seen = new HashSet<>();
        ItemCursor cursor = Engines.of(cache).cursor();
        for (int i = 0; cursor.next(); i++) {
            seen.add(new String(cursor.key(), cursor.keyOffset(), cursor.keyLength(), StandardCharsets.US_ASCII));
            if (i < 100_000) {
                cache.set("new" + i, new byte[1]);
            }
        }
        for (int i = 0; i < existing; i++) {
            assertThat(seen.contains("existing" + i)).isTrue();
        }
    }

    @Test
    void shouldEndIfTheCacheIsFlushedDuringTheIteration() {
        for (int i = 0; i < 10_000; i++) {
            cache.set("key" + i, new byte[1]);
        }
        ItemCursor cursor = Engines.of(cache).cursor();
        assertThat(cursor.next()).isTrue();
        cache.flushAll();
        int remaining = 0;
        while (cursor.next()) {
            remaining++;
        }
        assertThat(remaining).isLessThan(100); // at most the items that were copied together with the first
    }

    @Test
    void shouldVisitExpiredItemsOnRequestAndReclaimTheirSpace() {
        CacheEngine engine = Engines.of(cache);
        cache.set("kept", new byte[10]);
        MemcachedOperations.set(cache, "expired", new byte[10], 0, 5);
        ItemUpdate expired = new ItemUpdate().key("expired".getBytes(StandardCharsets.US_ASCII), 0, 7);
        assertThat(engine.reclaim(expired)).isFalse();
        assertThat(engine.peekExpired(expired.keyBytes, 0, 7, new ItemView())).isFalse();

        clock.advance(Duration.ofSeconds(5));

        assertThat(engine.peekExpired(expired.keyBytes, 0, 7, new ItemView())).isTrue();
        ItemCursor cursor = engine.cursorWithExpired();
        Map<Integer, Boolean> seen = new HashMap<>();
        while (cursor.next()) {
            seen.put(cursor.keyLength(), cursor.isExpired());
        }
        assertThat(seen).isEqualTo(Map.of(4, false, 7, true));
        assertThat(engine.reclaim(expired)).isTrue();
        assertThat(engine.reclaim(expired)).isFalse();
        assertThat(cache.statistics().items()).isEqualTo(1);
        assertThat(cache.statistics().get(Statistic.RECLAIMED)).isZero(); // counts only reclaiming for a store
        assertThat(cache.statistics().get(Statistic.EXPIRED_UNFETCHED)).isEqualTo(1);
        cache.checkIntegrity();
    }
}
