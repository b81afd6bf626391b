package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizingTest {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    @ParameterizedTest
    @CsvSource({
        "1048576, 1024, 1",
        "67108863, 1024, 1",
        "67108864, 1024, 2",
        "67108864, 2097153, 1",
        "67108864, 2097152, 2"
    })
    void shouldHaveAPartitionForEachProcessorWhereItIsLargeEnough(long limitBytes, int itemSizeMax, int largeEnough) {
        int partitions = Sizing.partitions(limitBytes, itemSizeMax);
        assertThat(partitions).isEqualTo(Math.min(Integer.highestOneBit(PROCESSORS), largeEnough));
    }

    @Test
    void shouldHaveAPowerOfTwoOfPartitions() {
        int partitions = Sizing.partitions(1L << 50, 1024);
        assertThat(partitions).isEqualTo(Math.min(Integer.highestOneBit(PROCESSORS), 64));
    }

    @ParameterizedTest
    @CsvSource({"1048576, 16368", "8388608, 16368", "16777216, 32752", "33554431, 32752", "1099511627776, 1048560"})
    void shouldGiveAPartitionFiveHundredSegmentsOrMore(long partitionBytes, int segmentBytes) {
        assertThat(Sizing.segmentBytes(partitionBytes)).isEqualTo(segmentBytes);
    }

    @Test
    void shouldReserveAFewSegmentsOrAShareOfTheLimit() {
        long index = 2L * Index.CHUNK_BYTES;
        assertThat(Sizing.reservedBytes(1 << 20, 16_000)).isEqualTo(index + 64_000);
        assertThat(Sizing.reservedBytes(32 << 20, 16_000)).isEqualTo(index + (1 << 20));
    }
}
