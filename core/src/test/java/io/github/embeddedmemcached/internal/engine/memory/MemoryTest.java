package io.github.embeddedmemcached.internal.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A partition's account of memory, and the part that is charged to the account of the heap. */
class MemoryTest {
    private static final long LIMIT = 1600;
    private static final long RESERVED = 200;
    private static final long KEPT = LIMIT / 16;
    private static final HeapAccount.Member OWNER = new EmptyMember();

    private final AtomicLong nanos = new AtomicLong(1);
    private boolean heapHasSpace = true;
    private final HeapAccount.Share heap = account(1 << 20).open(OWNER);
    private final Memory memory = new Memory(LIMIT, RESERVED, heap);

    private HeapAccount account(long limitBytes) {
        return new HeapAccount(limitBytes, nanos::get) {
            @Override
            boolean heapHasSpace(long bytes) {
                return heapHasSpace;
            }
        };
    }

    @Test
    void shouldAcquireUpToTheLimit() {
        assertThat(memory.acquire(1000, 600)).isTrue();
        assertThat(memory.acquire(100, 501)).isFalse();
        assertThat(memory.hasCapacity(100, 500)).isTrue();
        assertThat(memory.hasCapacity(100, 501)).isFalse();
        assertThat(memory.acquire(600, 0)).isTrue();
        assertThat(memory.acquire(1, 0)).isFalse();
        assertThat(memory.acquireReserved(1)).isFalse();
        assertThat(memory.usedBytes()).isEqualTo(LIMIT);
        assertThat(heap.usedBytes()).isEqualTo(LIMIT);
    }

    @Test
    void shouldChargeUnconditionallyBeyondTheLimit() {
        memory.acquireUnchecked(2000);
        assertThat(memory.usedBytes()).isEqualTo(2000);
        assertThat(heap.usedBytes()).isEqualTo(2000);
        assertThat(memory.isOverdrawn()).isTrue();
    }

    @Test
    void shouldAcquireFromTheReserveOnlyUpToItsShare() {
        HeapAccount small = account(800); // 700 and a reserve of 100
        HeapAccount.Share other = small.open(OWNER);
        assertThat(other.acquire(700, false)).isTrue();
        Memory late = new Memory(LIMIT, RESERVED, small.open(OWNER));
        assertThat(late.acquire(50, RESERVED)).isFalse();
        assertThat(late.acquire(50, RESERVED - 50)).isTrue();
        assertThat(late.acquireReserved(50)).isTrue();
        assertThat(late.acquireReserved(1)).isFalse();
        assertThat(late.usedBytes()).isEqualTo(100);
    }

    @Test
    void shouldKeepAShareOfReleasedMemory() {
        assertThat(memory.acquire(1600, 0)).isTrue();
        memory.release(400);
        assertThat(memory.usedBytes()).isEqualTo(1200);
        assertThat(heap.usedBytes()).isEqualTo(1200 + KEPT);

        assertThat(memory.acquire(40, 0)).isTrue();
        assertThat(heap.usedBytes()).isEqualTo(1200 + KEPT);
        assertThat(memory.acquire(100, 0)).isTrue();
        assertThat(heap.usedBytes()).isEqualTo(1340);

        memory.release(40);
        assertThat(memory.releaseKept()).isEqualTo(40);
        assertThat(memory.releaseKept()).isZero();
        assertThat(heap.usedBytes()).isEqualTo(1300);
    }

    @Test
    void shouldKeepNothingWhileMoreIsInUseThanTheLimitAllows() {
        assertThat(memory.acquire(1600, 0)).isTrue();
        assertThat(memory.isOverdrawn()).isFalse();
        memory.limitBytes(800);
        assertThat(memory.isOverdrawn()).isTrue();
        memory.release(300);
        assertThat(heap.usedBytes()).isEqualTo(1300);
        assertThat(memory.acquire(1, 0)).isFalse();
        memory.release(500);
        assertThat(memory.isOverdrawn()).isFalse();
        assertThat(heap.usedBytes()).isEqualTo(800 + 800 / 16);
    }

    @Test
    void shouldCountLeasedMemoryUntilItIsReleased() {
        assertThat(memory.acquire(1600, 0)).isTrue();
        memory.leased(LIMIT / 2);
        assertThat(memory.allowsLeases()).isTrue();
        memory.leased(1);
        assertThat(memory.allowsLeases()).isFalse();
        memory.leaseReleased(1);
        assertThat(memory.allowsLeases()).isTrue();
        assertThat(memory.usedBytes()).isEqualTo(LIMIT - 1);
        assertThat(memory.leasedBytes()).isEqualTo(LIMIT / 2);
        memory.leaseReleased(500);
        assertThat(memory.leasedBytes()).isEqualTo(LIMIT / 2 - 500);
        assertThat(memory.acquire(501, 0)).isTrue();
        assertThat(memory.acquire(1, 0)).isFalse();
    }

    @Test
    void shouldRaiseTheCeilingInSteps() {
        assertThat(memory.acquire(1600, 0)).isTrue();
        memory.lowerCeiling(); // to 1400
        memory.release(300);
        assertThat(memory.acquire(100, 0)).isTrue();
        assertThat(memory.isOverdrawn()).isFalse();
        assertThat(memory.acquire(1, 0)).isFalse(); // before the interval has passed

        advance(20);
        heapHasSpace = false;
        assertThat(memory.acquire(1, 0)).isFalse();
        heapHasSpace = true;
        assertThat(memory.acquire(KEPT, 0)).isTrue(); // a step is a sixteenth of the limit
        assertThat(memory.acquire(1, 0)).isFalse();

        advance(20);
        assertThat(memory.acquire(KEPT, 0)).isTrue();
        assertThat(memory.acquire(1, 0)).isFalse(); // the limit
        assertThat(memory.usedBytes()).isEqualTo(LIMIT);
    }

    @Test
    void shouldDoubleTheIntervalIfTheHeapIsExhaustedAfterAStep() {
        assertThat(memory.acquire(1600, 0)).isTrue();
        memory.lowerCeiling();
        memory.release(200);
        advance(20);
        assertThat(memory.acquire(1, 0)).isTrue();
        memory.lowerCeiling(); // to 1226: the heap was exhausted after the step
        memory.release(176);
        advance(39);
        assertThat(memory.acquire(100, 0)).isFalse();
        advance(1);
        assertThat(memory.acquire(100, 0)).isTrue();
    }

    private void advance(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
