package io.github.embeddedmemcached.internal.engine.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SketchTest {
    private static final int ITEMS = 100_000;

    @AfterEach
    void allowAllocations() {
        HeapArrays.refusal = null;
    }

    private static long[] hashes(int count) {
        return new SplittableRandom(1).longs(count).toArray();
    }

    private static void add(Sketch sketch, long hash, int times) {
        for (int i = 0; i < times; i++) {
            sketch.add(hash);
        }
    }

    @Test
    void shouldCountNothingWithoutMemory() {
        Sketch sketch = new Sketch(0);
        sketch.add(1);
        assertThat(sketch.count(1)).isZero();
        assertThat(sketch.bytes()).isZero();
    }

    @Test
    void shouldEstimateTheUsesOfMostKeysExactly() {
        Sketch sketch = new Sketch(ITEMS);
        long[] hashes = hashes(ITEMS);
        for (int i = 0; i < ITEMS; i++) {
            add(sketch, hashes[i], i % 4);
        }
        int exact = 0;
        for (int i = 0; i < ITEMS; i++) {
            assertThat(sketch.count(hashes[i])).isGreaterThanOrEqualTo(i % 4);
            exact += sketch.count(hashes[i]) == i % 4 ? 1 : 0;
        }
        assertThat(exact).isGreaterThan(ITEMS * 8 / 10);
    }

    @Test
    void shouldCountUpToFifteen() {
        Sketch sketch = new Sketch(1);
        add(sketch, 7, 100);
        assertThat(sketch.count(7)).isEqualTo(Sketch.COUNT_MAX);
        assertThat(sketch.count(~7)).isZero();
    }

    @Test
    void shouldKeepTheCountsWhenItGrows() {
        Sketch sketch = new Sketch(0);
        sketch.expect(1_000);
        long[] hashes = hashes(1_000);
        sketch.grow();
        for (long hash : hashes) {
            add(sketch, hash, 3);
        }
        for (int i = 0; i < 20; i++) {
            sketch.grow();
            for (long hash : hashes) {
                assertThat(sketch.count(hash)).isGreaterThanOrEqualTo(3);
            }
        }
        assertThat(sketch.bytes()).isEqualTo(21 * Sketch.CHUNK_BYTES);
    }

    @Test
    void shouldHalveTheCountsAfterTenUsesPerItem() {
        Sketch sketch = new Sketch(ITEMS);
        long[] hashes = hashes(ITEMS);
        add(sketch, hashes[0], 8);
        for (int use = 0; use < 9; use++) {
            for (int i = 1; i < ITEMS; i++) {
                sketch.add(hashes[i]);
            }
        }
        assertThat(sketch.count(hashes[0])).isGreaterThanOrEqualTo(8);
        for (int use = 0; use < 2; use++) {
            for (int i = 1; i < ITEMS; i++) {
                sketch.add(hashes[i]);
            }
        }
        assertThat(sketch.count(hashes[0])).isBetween(4, 7);
    }

    @Test
    void shouldBeUsableWhenItShrinksWhileCountsAreHalved() {
        Sketch sketch = new Sketch(ITEMS);
        long[] hashes = hashes(ITEMS);
        for (int i = 0; i < 40 * ITEMS; i++) {
            sketch.add(hashes[i % ITEMS]);
            if (i % ITEMS == 0) {
                sketch.shrink();
            }
        }
        assertThat(sketch.bytes()).isPositive();
        while (sketch.bytes() > 0) {
            sketch.shrink();
            sketch.add(1);
        }
        sketch.shrink();
        assertThat(sketch.count(1)).isZero();
    }

    @Test
    void shouldStayUnchangedIfThereIsNoMemoryToGrow() {
        Sketch sketch = new Sketch(1);
        add(sketch, 1, 5);
        HeapArrays.refusal = bytes -> true;
        assertThatThrownBy(sketch::grow).isInstanceOf(OutOfMemoryError.class);
        assertThat(sketch.bytes()).isEqualTo(Sketch.CHUNK_BYTES);
        assertThat(sketch.count(1)).isEqualTo(5);
    }

    @Test
    void shouldSetCountsToZeroBlockByBlockWhenCleared() {
        Sketch sketch = new Sketch(1_000); // 64 blocks
        long[] hashes = hashes(564);
        for (int i = 0; i < 500; i++) {
            add(sketch, hashes[i], 5);
        }

        sketch.clear();
        assertThat(sketch.count(hashes[0])).isGreaterThanOrEqualTo(5);
        for (int i = 500; i < hashes.length; i++) {
            sketch.add(hashes[i]);
        }

        for (int i = 0; i < 500; i++) {
            assertThat(sketch.count(hashes[i])).isLessThanOrEqualTo(1);
        }
        add(sketch, hashes[0], 7);
        assertThat(sketch.count(hashes[0])).isBetween(7, 8);
    }
}
