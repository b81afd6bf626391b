package io.github.embeddedmemcached.internal.engine.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The classes and their chunk sizes; {@link SlabClassesComparisonTest} compares them with those of a real memcached. */
class SlabClassesTest {
    @Test
    void shouldHaveTheClassesThatTestsRelyOn() {
        assertThat(SlabClasses.count()).isEqualTo(39);
        assertThat(SlabClasses.classOf(0)).isEqualTo(1);
        assertThat(SlabClasses.classOf(60)).isEqualTo(1);
        assertThat(SlabClasses.classOf(20_000)).isEqualTo(25);
        assertThat(SlabClasses.classOf(70_000)).isEqualTo(31);
        assertThat(SlabClasses.classOf(1 << 20)).isEqualTo(39);
        assertThat(SlabClasses.classOf(1L << 40)).isEqualTo(39);
        assertThat(SlabClasses.chunkSize(1)).isEqualTo(96);
        assertThat(SlabClasses.chunkSize(39)).isEqualTo(1 << 19);
    }

    @Test
    void shouldFillEachClassUpToItsChunkSize() {
        for (int id = 1; id < SlabClasses.count(); id++) {
            assertThat(SlabClasses.classOf(SlabClasses.chunkSize(id))).isEqualTo(id);
            assertThat(SlabClasses.classOf(SlabClasses.chunkSize(id) + 1)).isEqualTo(id + 1);
        }
    }
}
