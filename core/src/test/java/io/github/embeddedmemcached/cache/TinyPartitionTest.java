package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That the partition of {@link CacheLinearizabilityTest} does what those tests are about. */
class TinyPartitionTest {
    @Test
    void shouldEvictAfterAHandfulOfStores() {
        TinyPartition partition = new TinyPartition(2, 4, true, KeyHash.withSeed(1));
        for (int i = 0; i < 12; i++) {
            assertThat(partition.setLarge(i, i)).isEqualTo(StoreResult.STORED);
        }
        assertThat(partition.count(Counter.EVICTIONS)).isPositive();
        partition.checkIntegrity();
    }

    @Test
    void shouldCleanInsteadOfRefusingWhereOnlyLiveItemsFit() {
        TinyPartition partition = new TinyPartition(2, 7, false, KeyHash.withSeed(1));
        for (int i = 0; i < 100; i++) {
            assertThat(partition.store(StoreMode.SET, i % 3, i)).isEqualTo(StoreResult.STORED);
            assertThat(partition.setLarge(i % 2, i)).isEqualTo(StoreResult.STORED);
        }
        partition.checkIntegrity();
    }
}
