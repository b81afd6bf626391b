package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SegmentTest {
    private final Segment segment = new Segment(1, new byte[1024], false);

    @Test
    void shouldShowReadersThatItHasChanged() {
        long before = segment.version();
        assertThat(Segment.isChanging(before)).isFalse();
        assertThat(segment.isStill(before)).isTrue();

        segment.beginChange();
        long during = segment.version();
        assertThat(Segment.isChanging(during)).isTrue();
        assertThat(segment.isStill(before)).isFalse();

        segment.endChange();
        assertThat(Segment.isChanging(segment.version())).isFalse();
        assertThat(segment.isStill(before)).isFalse();
        assertThat(segment.isStill(during)).isFalse();
    }
}
