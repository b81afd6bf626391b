package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeapArraysTest {
    private final List<Integer> asked = new ArrayList<>();

    @AfterEach
    void allowAll() {
        HeapArrays.refusal = null;
    }

    @Test
    void shouldMakeArrays() {
        assertThat(HeapArrays.bytes(3)).hasSize(3);
        assertThatCode(() -> HeapArrays.check(3)).doesNotThrowAnyException();
    }

    @Test
    void shouldReturnNullWhereAnAllocationIsRefused() {
        HeapArrays.refusal = bytes -> {
            asked.add(bytes);
            return true;
        };
        assertThat(HeapArrays.bytes(3)).isNull();
        assertThatThrownBy(() -> HeapArrays.check(5)).isInstanceOf(OutOfMemoryError.class);
        assertThat(asked).containsExactly(3, 5);
    }

    @Test
    void shouldReturnNullWhereTheJvmHasNoMemory() {
        assertThat(HeapArrays.bytes(Integer.MAX_VALUE)).isNull(); // over the VM's limit, whatever the heap
    }
}
