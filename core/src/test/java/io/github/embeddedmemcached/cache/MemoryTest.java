package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A partition's account of memory, and what of it is charged to the account of the heap. */
class MemoryTest {
    private static final long LIMIT = 1600;
    private static final long RESERVED = 200;
    private static final long KEPT = LIMIT / 16;
    private static final RawCache OWNER = Cache.builder().build().raw();

    private final AtomicLong nanos = new AtomicLong(1);
    private boolean heapHasRoom = true;
    private final HeapAccount.Share heap = account(1 << 20).open(OWNER);
    private final Memory memory = new Memory(LIMIT, RESERVED, heap);

    private HeapAccount account(long limitBytes) {
        return new HeapAccount(limitBytes, nanos::get) {
            @Override
            boolean heapHasRoom(long bytes) {
                return heapHasRoom;
            }
        };
    }

    @Test
    void shouldTakeUpToTheLimit() {
        assertThat(memory.take(1000, 600)).isTrue();
        assertThat(memory.take(100, 501)).isFalse();
        assertThat(memory.hasRoom(100, 500)).isTrue();
        assertThat(memory.hasRoom(100, 501)).isFalse();
        assertThat(memory.take(600, 0)).isTrue();
        assertThat(memory.take(1, 0)).isFalse();
        assertThat(memory.takeReserved(1)).isFalse();
        assertThat(memory.usedBytes()).isEqualTo(LIMIT);
        assertThat(heap.usedBytes()).isEqualTo(LIMIT);
    }

    @Test
    void shouldTakeWhatItCannotBeWithoutBeyondTheLimit() {
        memory.takeAnyway(2000);
        assertThat(memory.usedBytes()).isEqualTo(2000);
        assertThat(heap.usedBytes()).isEqualTo(2000);
        assertThat(memory.isOverdrawn()).isTrue();
    }

    @Test
    void shouldTakeTheReserveOfTheHeapOnlyForLittle() {
        HeapAccount small = account(800); // 700 and a reserve of 100
        HeapAccount.Share other = small.open(OWNER);
        assertThat(other.take(700, false)).isTrue();
        Memory late = new Memory(LIMIT, RESERVED, small.open(OWNER));
        assertThat(late.take(50, RESERVED)).isFalse();
        assertThat(late.take(50, RESERVED - 50)).isTrue();
        assertThat(late.takeReserved(50)).isTrue();
        assertThat(late.takeReserved(1)).isFalse();
        assertThat(late.usedBytes()).isEqualTo(100);
    }

    @Test
    void shouldKeepALittleOfWhatIsGivenBackForTheNext() {
        assertThat(memory.take(1600, 0)).isTrue();
        memory.give(400);
        assertThat(memory.usedBytes()).isEqualTo(1200);
        assertThat(heap.usedBytes()).isEqualTo(1200 + KEPT);

        assertThat(memory.take(40, 0)).isTrue();
        assertThat(heap.usedBytes()).isEqualTo(1200 + KEPT);
        assertThat(memory.take(100, 0)).isTrue();
        assertThat(heap.usedBytes()).isEqualTo(1340);

        memory.give(40);
        assertThat(memory.giveKept()).isEqualTo(40);
        assertThat(memory.giveKept()).isZero();
        assertThat(heap.usedBytes()).isEqualTo(1300);
    }

    @Test
    void shouldKeepNothingWhileMoreIsInUseThanTheLimitAllows() {
        assertThat(memory.take(1600, 0)).isTrue();
        assertThat(memory.isOverdrawn()).isFalse();
        memory.limit(800);
        assertThat(memory.isOverdrawn()).isTrue();
        memory.give(300);
        assertThat(heap.usedBytes()).isEqualTo(1300);
        assertThat(memory.take(1, 0)).isFalse();
        memory.give(500);
        assertThat(memory.isOverdrawn()).isFalse();
        assertThat(heap.usedBytes()).isEqualTo(800 + 800 / 16);
    }

    @Test
    void shouldCountLentMemoryUntilItIsReturned() {
        assertThat(memory.take(1600, 0)).isTrue();
        memory.lent(LIMIT / 2);
        assertThat(memory.lends()).isTrue();
        memory.lent(1);
        assertThat(memory.lends()).isFalse();
        memory.returned(1);
        assertThat(memory.lends()).isTrue();
        assertThat(memory.usedBytes()).isEqualTo(LIMIT - 1);
        assertThat(memory.lentBytes()).isEqualTo(LIMIT / 2);
        memory.returned(500);
        assertThat(memory.lentBytes()).isEqualTo(LIMIT / 2 - 500);
        assertThat(memory.take(501, 0)).isTrue();
        assertThat(memory.take(1, 0)).isFalse();
    }

    @Test
    void shouldGrowBackInStepsAfterARetreat() {
        assertThat(memory.take(1600, 0)).isTrue();
        memory.retreat(); // to 1400
        memory.give(300);
        assertThat(memory.take(100, 0)).isTrue();
        assertThat(memory.isOverdrawn()).isFalse();
        assertThat(memory.take(1, 0)).isFalse(); // too early

        pass(20);
        heapHasRoom = false;
        assertThat(memory.take(1, 0)).isFalse();
        heapHasRoom = true;
        assertThat(memory.take(KEPT, 0)).isTrue(); // a step is a sixteenth of the limit
        assertThat(memory.take(1, 0)).isFalse();

        pass(20);
        assertThat(memory.take(KEPT, 0)).isTrue();
        assertThat(memory.take(1, 0)).isFalse(); // the limit
        assertThat(memory.usedBytes()).isEqualTo(LIMIT);
    }

    @Test
    void shouldWaitLongerIfAStepWasTooMuch() {
        assertThat(memory.take(1600, 0)).isTrue();
        memory.retreat();
        memory.give(200);
        pass(20);
        assertThat(memory.take(1, 0)).isTrue();
        memory.retreat(); // to 1226: the step was too much
        memory.give(176);
        pass(39);
        assertThat(memory.take(100, 0)).isFalse();
        pass(1);
        assertThat(memory.take(100, 0)).isTrue();
    }

    private void pass(long millis) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
