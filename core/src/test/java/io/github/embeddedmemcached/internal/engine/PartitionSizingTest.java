package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionSizingTest {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    @ParameterizedTest
    @CsvSource({
        "1048576, 1024, 1",
        "67108863, 1024, 1",
        "67108864, 1024, 2",
        "67108864, 2097153, 1",
        "67108864, 2097152, 2"
    })
    void shouldHaveAPartitionForEachProcessorIfTheCacheIsLargeEnough(
            long limitBytes, int itemSizeMax, int partitionsMax) {
        int partitions = PartitionSizing.partitions(limitBytes, itemSizeMax);
        assertThat(partitions).isEqualTo(Math.min(Integer.highestOneBit(PROCESSORS), partitionsMax));
    }

    @Test
    void shouldHaveAPowerOfTwoOfAtMost64Partitions() {
        int partitions = PartitionSizing.partitions(1L << 50, 1024);
        assertThat(partitions).isEqualTo(Math.min(Integer.highestOneBit(PROCESSORS), 64));
    }

    @ParameterizedTest
    @CsvSource({"1048576, 16368", "8388608, 16368", "16777216, 32752", "33554431, 32752", "1099511627776, 1048560"})
    void shouldHaveAtLeastFiveHundredSegmentsPerPartition(long partitionBytes, int segmentBytes) {
        assertThat(PartitionSizing.segmentBytes(partitionBytes)).isEqualTo(segmentBytes);
    }

    @ParameterizedTest
    @CsvSource({"1048576, 4096", "8388608, 4096", "33554432, 16384", "67108864, 32768", "1099511627776, 32768"})
    void shouldHaveSmallChunksOfTheIndexInSmallPartitions(long partitionBytes, int chunkBytes) {
        assertThat(PartitionSizing.indexChunkBytes(partitionBytes)).isEqualTo(chunkBytes);
    }

    @Test
    void shouldReserveAFewSegmentsOrAShareOfTheLimit() {
        assertThat(PartitionSizing.reservedBytes(1 << 20, 16_000)).isEqualTo(2 * 4096 + 64_000);
        assertThat(PartitionSizing.reservedBytes(32 << 20, 16_000)).isEqualTo(2 * 16_384 + (1 << 20));
    }
}
