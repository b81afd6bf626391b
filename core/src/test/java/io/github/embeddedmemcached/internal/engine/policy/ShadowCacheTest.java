package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShadowCacheTest {
    private static final int OLD_SIZE = 100;
    private static final int OLD_ITEMS = 400;
    private static final int NEW_KEY = 10_000;
    private static final int NEW_ITEMS = 50;
    private static final int ROUNDS = 4;

    @ParameterizedTest
    @ValueSource(ints = {OLD_SIZE - 1, OLD_SIZE, OLD_SIZE + 1, 2 * OLD_SIZE})
    void shouldReplaceItemsThatAreNotUsedByNewOnesOfAnySize(int newSize) {
        ShadowCache cache = new ShadowCache(1000, true);
        cache.capacity((long) OLD_ITEMS * OLD_SIZE, OLD_ITEMS);
        for (int key = 0; key < OLD_ITEMS; key++) {
            cache.store(key, OLD_SIZE);
        }
        for (int key = NEW_KEY; key < NEW_KEY + ROUNDS * NEW_ITEMS; key++) {
            int repeated = NEW_KEY + key % NEW_ITEMS;
            cache.read(repeated);
            cache.store(repeated, newSize);
            cache.read(repeated);
        }
        for (int key = NEW_KEY + NEW_ITEMS; key < NEW_KEY + ROUNDS * NEW_ITEMS; key++) {
            cache.store(key, newSize); // displaces the others from the log for new items
        }
        long found = IntStream.range(NEW_KEY, NEW_KEY + NEW_ITEMS)
                .filter(cache::read)
                .count();
        assertThat(found).isGreaterThan(NEW_ITEMS * 9 / 10);
    }
}
