package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GhostTableTest {
    @Test
    void shouldKeepTheLastFourGhostsOfAnEntry() {
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
    void shouldKeepMostKeysWhenResized() {
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
    void shouldRarelyFindAKeyThatWasNotAdded() {
        GhostTable ghosts = new GhostTable(GhostTable.longsFor(40_000));
        Random random = new Random(1);
        for (int i = 0; i < 40_000; i++) {
            ghosts.add(random.nextLong());
        }
        int falsePositives = 0;
        for (int i = 0; i < 100_000; i++) {
            falsePositives += ghosts.remove(random.nextLong()) ? 1 : 0;
        }
        assertThat(falsePositives).isLessThan(60);
    }

    @Test
    void shouldStoreNothingIfItsSizeIsZero() {
        GhostTable ghosts = new GhostTable(0);
        ghosts.add(1);
        assertThat(ghosts.remove(1)).isFalse();
        assertThat(ghosts.bytes()).isZero();
    }

    /** Returns hashes that differ in the bits of the fingerprint, whose lowest bit is not used. */
    private static long hash(long i) {
        return i << 49;
    }
}
