package io.github.embeddedmemcached.internal.engine.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTableTest {
    private final SegmentTable table = new SegmentTable();
    private final List<Segment> segments = new ArrayList<>();

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            segments.add(Objects.requireNonNull(table.add(new byte[8], i % 2 == 0, null)));
        }
    }

    @Test
    void shouldAssignIdsStartingAtOne() {
        for (int count = 1; count <= 70; count++) {
            assertThat(table.get(count)).isNull();
            assertThat(table.end()).isEqualTo(count);
            add(1);
            for (int id = 1; id <= count; id++) {
                assertThat(table.get(id))
                        .isSameAs(segments.get(id - 1))
                        .extracting(segment -> segment.id)
                        .isEqualTo(id);
            }
        }
    }

    @Test
    void shouldReuseTheIdsOfRemovedSegments() {
        add(40);
        segments.forEach(table::remove);
        assertThat(table.get(1)).isNull();
        segments.clear();

        add(40);

        assertThat(segments)
                .extracting(segment -> segment.id)
                .doesNotHaveDuplicates()
                .allMatch(id -> id >= 1 && id <= 40);
        assertThat(table.end()).isEqualTo(41);
        add(1);
        assertThat(segments.get(40).id).isEqualTo(41);
    }

    @Test
    void shouldReturnNullForAnIdThatWasNeverAssigned() {
        add(1);
        assertThat(table.get(2)).isNull();
        assertThat(table.get(1_000_000)).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldStayUnchangedIfAnAllocationFails(int allocationsBefore) {
        add(15); // the next one needs a longer table
        AtomicInteger remaining = new AtomicInteger(allocationsBefore);
        Thread refused = Thread.currentThread();
        HeapArrays.refusal = bytes -> Thread.currentThread() == refused && remaining.getAndDecrement() == 0;
        try {
            assertThatThrownBy(() -> table.add(new byte[8], false, null)).isInstanceOf(OutOfMemoryError.class);
        } finally {
            HeapArrays.refusal = null;
        }
        assertThat(table.end()).isEqualTo(16);
        assertThat(table.get(16)).isNull();
        add(1);
        assertThat(table.get(16)).isSameAs(segments.get(15));
        segments.forEach(table::remove); // there is capacity for the id of each
        assertThat(table.get(16)).isNull();
    }
}
