package io.github.embeddedmemcached.internal.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DirectMemoryTest {
    private static final long DIRECT_BYTES = 64 << 20;
    private static final int BLOCK_BYTES = 4 << 20;
    private static final int LENGTH = 100_000;

    /** Adds blocks at once. */
    private static final class Memory extends DirectMemory {
        private int requests;

        Memory(long directBytes) {
            super(directBytes);
        }

        @Override
        protected void request() {
            requests++;
            addBlock();
        }
    }

    private final Memory memory = new Memory(DIRECT_BYTES);

    @AfterEach
    void allowAllocations() {
        HeapArrays.refusal = null;
    }

    private List<DirectMemory.Piece> acquireAll() {
        List<DirectMemory.Piece> pieces = new ArrayList<>();
        DirectMemory.@Nullable Piece piece = acquire();
        while (piece != null) {
            pieces.add(piece);
            piece = acquire();
        }
        return pieces;
    }

    private DirectMemory.@Nullable Piece acquire() {
        DirectMemory.Piece piece = memory.acquire(LENGTH);
        return piece == null ? memory.acquire(LENGTH) : piece; // the first call may have added a block
    }

    @Test
    void shouldAddABlockWithoutWaitingForIt() {
        assertThat(memory.acquire(LENGTH)).isNull();
        assertThat(memory.requests).isEqualTo(1);
        assertThat(memory.acquire(LENGTH)).isNotNull();
        assertThat(memory.allocatedBytes()).isEqualTo(BLOCK_BYTES);
    }

    @Test
    void shouldProvideNoMemoryForShortAndForHugeValues() {
        assertThat(memory.acquire(DirectMemory.VALUE_BYTES_MIN - 1)).isNull();
        assertThat(memory.acquire(BLOCK_BYTES / 4 + 1)).isNull();
        assertThat(memory.requests).isZero();
    }

    @Test
    void shouldProvideNoMemoryIfTheJvmHasLittle() {
        Memory tiny = new Memory(1 << 20);
        assertThat(tiny.acquire(LENGTH)).isNull();
        assertThat(tiny.acquire(LENGTH)).isNull();
        assertThat(tiny.requests).isZero();
    }

    @Test
    void shouldUseHalfOfTheDirectMemoryAndReuseIt() {
        List<DirectMemory.Piece> pieces = acquireAll();
        assertThat(memory.allocatedBytes()).isEqualTo(DIRECT_BYTES / 2);
        assertThat(pieces.size() * (long) LENGTH).isGreaterThan(DIRECT_BYTES / 2 * 9 / 10);
        assertThat(memory.usedBytes())
                .isEqualTo(pieces.stream().mapToLong(DirectMemory.Piece::bytes).sum());
        for (int i = 0; i < 1000; i++) {
            pieces.remove(i % pieces.size()).release();
            pieces.add(Objects.requireNonNull(acquire()));
        }
        assertThat(memory.allocatedBytes()).isEqualTo(DIRECT_BYTES / 2);
    }

    @Test
    void shouldReleaseAPieceOnce() {
        assertThat(memory.acquire(LENGTH)).isNull();
        DirectMemory.Piece first = Objects.requireNonNull(memory.acquire(LENGTH));
        first.release();
        DirectMemory.Piece second = Objects.requireNonNull(memory.acquire(LENGTH));
        first.release();
        assertThat(memory.usedBytes()).isEqualTo(second.bytes());
        second.release();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void shouldNeverProvideTheSameMemoryTwice() {
        Random random = new Random(1);
        List<DirectMemory.Piece> pieces = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            int length = DirectMemory.VALUE_BYTES_MIN + random.nextInt(BLOCK_BYTES / 4 - DirectMemory.VALUE_BYTES_MIN);
            DirectMemory.Piece piece = memory.acquire(length);
            if (piece == null) {
                if (!pieces.isEmpty()) {
                    check(pieces.remove(random.nextInt(pieces.size())));
                }
            } else {
                pieces.add(piece);
                assertThat(piece.buffer.capacity()).isEqualTo(length);
                for (int at = 0; at + Integer.BYTES <= length; at += 1000) {
                    piece.buffer.putInt(at, System.identityHashCode(piece));
                }
            }
        }
        pieces.forEach(DirectMemoryTest::check);
        assertThat(memory.usedBytes()).isZero();
    }

    private static void check(DirectMemory.Piece piece) {
        for (int at = 0; at + Integer.BYTES <= piece.buffer.capacity(); at += 1000) {
            assertThat(piece.buffer.getInt(at)).isEqualTo(System.identityHashCode(piece));
        }
        piece.release();
    }

    @Test
    void shouldNotAskAgainForAWhileIfTheJvmRefusesABlock() {
        HeapArrays.refusal = bytes -> bytes == BLOCK_BYTES;
        for (int i = 0; i < 100; i++) {
            assertThat(memory.acquire(LENGTH)).isNull();
        }
        assertThat(memory.requests).isEqualTo(1);
        assertThat(memory.allocatedBytes()).isZero();
    }

    @Test
    void shouldProvideNoMemoryIfTheHeapIsFull() {
        assertThat(memory.acquire(LENGTH)).isNull();
        HeapArrays.refusal = bytes -> true;
        assertThat(memory.acquire(LENGTH)).isNull();
        HeapArrays.refusal = null;
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.acquire(LENGTH)).isNotNull();
    }

    @Test
    @Timeout(60)
    void shouldDropEmptyBlocksAndCountThemUntilTheyAreCollected() {
        acquireAll().forEach(DirectMemory.Piece::release);
        assertThat(memory.usedBytes()).isZero();
        assertThat(memory.allocatedBytes()).isEqualTo(DIRECT_BYTES / 2);
        memory.trim();
        while (memory.allocatedBytes() > 4L * BLOCK_BYTES) {
            System.gc();
        }
        assertThat(memory.allocatedBytes()).isEqualTo(4L * BLOCK_BYTES);
        assertThat(acquireAll()).hasSizeGreaterThan(300);
    }

    @Test
    @Timeout(60)
    void shouldReleasePiecesThatBecomeUnreachable() {
        assertThat(acquireAll()).isNotEmpty();
        while (memory.usedBytes() > 0) {
            System.gc();
        }
        assertThat(acquireAll()).hasSizeGreaterThan(300);
    }
}
