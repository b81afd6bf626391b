package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.junit.jupiter.api.Test;

class SeenKeysTest {
    private static final int ENTRIES = 1000;
    private static final int CAPACITY = ENTRIES * SeenKeys.KEYS_PER_ENTRY;

    private final SeenKeys seen = new SeenKeys(ENTRIES);

    /** Adds keys. Returns how many were new. */
    private int add(int firstKey, int keys) {
        int added = 0;
        for (int key = firstKey; key < firstKey + keys; key++) {
            added += seen.add(key) ? 1 : 0;
        }
        return added;
    }

    @Test
    void shouldKnowRecentKeys() {
        assertThat(add(0, CAPACITY / 4)).isGreaterThan(CAPACITY / 4 * 95 / 100);

        assertThat(add(0, CAPACITY / 4)).isZero();
    }

    @Test
    void shouldForgetOldKeys() {
        add(0, CAPACITY);

        add(CAPACITY, 3 * CAPACITY);

        assertThat(add(0, CAPACITY)).isGreaterThan(CAPACITY * 9 / 10);
    }

    @Test
    void shouldRememberKeysThatAreAddedAgain() {
        for (int i = 0; i < 40; i++) {
            add(0, CAPACITY / 16);
            add(CAPACITY * (i + 1) / 4, CAPACITY / 4);
        }

        assertThat(add(0, CAPACITY / 16)).isLessThan(CAPACITY / 16 / 20);
    }

    /** With sets that alternate, all keys of some rounds would be new. */
    @Test
    void shouldHaveSteadyRateOfNewKeysInLoopOfItsLength() {
        add(0, CAPACITY);
        int first = add(0, CAPACITY);

        for (int i = 0; i < 10; i++) {
            assertThat(add(0, CAPACITY))
                    .isBetween(CAPACITY / 4, CAPACITY * 3 / 4)
                    .isCloseTo(first, withinPercentage(20));
        }
    }

    @Test
    void shouldWorkWithOneBucket() {
        SeenKeys small = new SeenKeys(1);

        assertThat(small.add(1)).isTrue();
        assertThat(small.add(1)).isFalse();
        for (int key = 2; key <= 7; key++) {
            small.add(key);
        }
        assertThat(small.add(1)).isFalse();
    }
}
