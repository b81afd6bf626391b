package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class PartitionLockTest {
    private final Evictions evictions = new Evictions();
    private int recoveries;
    private boolean hasMemory = true;
    private final PartitionLock lock = new PartitionLock(evictions, new EvictionRecorder(evictions), this::recover);

    private void recover() {
        recoveries++;
        if (!hasMemory) {
            throw new OutOfMemoryError("thrown by a test");
        }
    }

    @Test
    void shouldNotRecoverFromACompleteChange() {
        lock.lock();
        lock.beginChange();
        lock.endChange();
        lock.unlock();
        assertThat(recoveries).isZero();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        assertThat(lock.tryLock()).isTrue();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
    }

    @Test
    void shouldRecoverFromAnInterruptedChangeOnce() {
        lock.lock();
        lock.beginChange();
        lock.unlock();
        assertThat(recoveries).isEqualTo(1);
        lock.lock();
        lock.unlockSilently();
        assertThat(recoveries).isEqualTo(1);
    }

    @Test
    void shouldTryToRecoverAgainWhereThereIsNoMemory() {
        hasMemory = false;
        lock.lock();
        lock.beginChange();
        lock.unlockSilently();
        assertThat(recoveries).isEqualTo(1);

        assertThat(lock.tryLock()).isFalse();
        assertThat(recoveries).isEqualTo(1);
        assertThat(lock.isHeldByCurrentThread()).isFalse();

        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(lock::lock);
        assertThat(recoveries).isEqualTo(2);
        assertThat(lock.isHeldByCurrentThread()).isFalse();

        hasMemory = true;
        lock.lock();
        assertThat(recoveries).isEqualTo(3);
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock();
        assertThat(lock.tryLock()).isTrue();
    }
}
