package io.github.embeddedmemcached.internal.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeapArraysTest {
    private final List<Integer> requested = new ArrayList<>();

    @AfterEach
    void allowAll() {
        HeapArrays.refusal = null;
    }

    @Test
    void shouldAllocateArrays() {
        assertThat(HeapArrays.bytes(3)).hasSize(3);
        assertThatCode(() -> HeapArrays.check(3)).doesNotThrowAnyException();
    }

    @Test
    void shouldReturnNullIfAnAllocationIsRefused() {
        HeapArrays.refusal = bytes -> {
            requested.add(bytes);
            return true;
        };
        assertThat(HeapArrays.bytes(3)).isNull();
        assertThatThrownBy(() -> HeapArrays.check(5)).isInstanceOf(OutOfMemoryError.class);
        assertThat(requested).containsExactly(3, 5);
    }

    @Test
    void shouldReturnNullIfTheJvmHasNoMemory() {
        assertThat(HeapArrays.bytes(Integer.MAX_VALUE)).isNull(); // over the VM's limit, whatever the heap
    }
}
