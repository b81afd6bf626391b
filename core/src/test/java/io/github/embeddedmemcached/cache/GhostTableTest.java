package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GhostTableTest {
    @Test
    void shouldRememberTheLastFourOfAPlaceAndForgetTheFirst() {
        GhostTable ghosts = new GhostTable(1);
        for (long i = 1; i <= 5; i++) {
            assertThat(ghosts.remove(hash(i))).isFalse();
            ghosts.add(hash(i));
        }
        assertThat(ghosts.remove(hash(1))).isFalse();
        for (long i = 2; i <= 5; i++) {
            assertThat(ghosts.remove(hash(i))).isTrue();
            assertThat(ghosts.remove(hash(i))).isFalse();
        }
    }

    @Test
    void shouldRememberMostKeysInATableOfAnotherSize() {
        int keys = 10_000;
        GhostTable ghosts = new GhostTable(GhostTable.longsFor(2 * keys));
        Random random = new Random(2);
        long[] hashes = random.longs(keys).toArray();
        for (long hash : hashes) {
            ghosts.add(hash);
        }
        GhostTable larger = ghosts.resized(ghosts.longs() * 2);
        assertThat(Arrays.stream(hashes).filter(larger::remove).count()).isGreaterThan(keys * 9L / 10);
    }

    @Test
    void shouldHardlyEverTakeOneKeyForAnother() {
        GhostTable ghosts = new GhostTable(GhostTable.longsFor(40_000));
        Random random = new Random(1);
        for (int i = 0; i < 40_000; i++) {
            ghosts.add(random.nextLong());
        }
        int mistaken = 0;
        for (int i = 0; i < 100_000; i++) {
            mistaken += ghosts.remove(random.nextLong()) ? 1 : 0;
        }
        assertThat(mistaken).isLessThan(60);
    }

    @Test
    void shouldRememberNothingWhenItHasNoRoom() {
        GhostTable ghosts = new GhostTable(0);
        ghosts.add(1);
        assertThat(ghosts.remove(1)).isFalse();
        assertThat(ghosts.bytes()).isZero();
    }

    /** Different in the bits of the fingerprint, of which the lowest is not used. */
    private static long hash(long i) {
        return i << 49;
    }
}
