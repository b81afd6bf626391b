package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import org.junit.jupiter.api.Test;

/** Checks that the partition of {@link CacheLinearizabilityTest} evicts and compacts as those tests require. */
class TinyPartitionTest {
    @Test
    void shouldEvictAfterAFewStores() {
        TinyPartition partition = new TinyPartition(2, 4, true, KeyHash.withSeed(1));
        for (int i = 0; i < 12; i++) {
            assertThat(partition.setLarge(i, i)).isEqualTo(StoreResult.STORED);
        }
        assertThat(partition.count(Statistic.EVICTIONS)).isPositive();
        partition.checkIntegrity();
    }

    @Test
    void shouldCompactInsteadOfRefusingIfOnlyLiveItemsFit() {
        TinyPartition partition = new TinyPartition(2, 7, false, KeyHash.withSeed(1));
        for (int i = 0; i < 100; i++) {
            assertThat(partition.store(StoreMode.SET, i % 3, i)).isEqualTo(StoreResult.STORED);
            assertThat(partition.setLarge(i % 2, i)).isEqualTo(StoreResult.STORED);
        }
        partition.checkIntegrity();
    }
}
