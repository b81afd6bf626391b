package io.github.embeddedmemcached.internal.engine.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.engine.removal.RemovalRecorder;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import io.github.embeddedmemcached.internal.engine.time.CacheClock;
import io.github.embeddedmemcached.internal.engine.time.SystemTime;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PartitionLockTest {
    private final Removals removals = new Removals(null);
    private final PartitionLock lock = new PartitionLock(
            removals,
            new RemovalRecorder(removals, new CacheClock(SystemTime.elapsingAs(Clock.systemUTC()))),
            this::recover);
    private @Nullable Error failure;
    private int recoveries;

    private void recover() {
        if (failure != null) {
            throw failure;
        }
        recoveries++;
    }

    private void interruptChange() {
        lock.lock();
        lock.beginChange();
        failure = new OutOfMemoryError("thrown by a test");
        lock.unlock();
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
        lock.unlockWithoutReporting();
        assertThat(recoveries).isEqualTo(1);
    }

    @Test
    void shouldNotStayLockedIfTheRecoveryThrows() {
        interruptChange();
        assertThatThrownBy(lock::lock).isInstanceOf(OutOfMemoryError.class).hasMessageContaining("interrupted change");
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        failure = new StackOverflowError("thrown by a test");
        assertThatThrownBy(lock::lock).isSameAs(failure);
        assertThat(lock.isHeldByCurrentThread()).isFalse();

        failure = null;
        lock.lock();
        assertThat(recoveries).isEqualTo(1);
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void shouldLockForTheAccountIfThePartitionCannotBeRecovered() {
        interruptChange();
        assertThat(lock.tryLock()).isFalse();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        lock.lockForAccount();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        failure = null;
        lock.unlock();
        assertThat(recoveries).isEqualTo(1);
        assertThat(lock.tryLock()).isTrue();
        lock.unlock();
    }
}
