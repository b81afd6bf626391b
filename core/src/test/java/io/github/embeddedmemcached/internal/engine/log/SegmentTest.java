package io.github.embeddedmemcached.internal.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SegmentTest {
    private final Segment segment = new Segment(1, new byte[1024], false, null);

    @Test
    void shouldChangeTheVersionWhenAChangeBeginsAndEnds() {
        long before = segment.version();
        assertThat(Segment.isChanging(before)).isFalse();
        assertThat(segment.isUnchanged(before)).isTrue();

        segment.beginChange();
        long during = segment.version();
        assertThat(Segment.isChanging(during)).isTrue();
        assertThat(segment.isUnchanged(before)).isFalse();

        segment.endChange();
        assertThat(Segment.isChanging(segment.version())).isFalse();
        assertThat(segment.isUnchanged(before)).isFalse();
        assertThat(segment.isUnchanged(during)).isFalse();
    }
}
