package io.github.embeddedmemcached.internal.engine.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpinLockTest {
    private final SpinLock lock = new SpinLock();

    @Test
    void shouldBeHeldByTheThreadThatAcquiredIt() {
        assertThat(lock.isHeldByCurrentThread()).isFalse();
        lock.lock();
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        assertThat(CompletableFuture.supplyAsync(lock::isHeldByCurrentThread).join())
                .isFalse();
        lock.unlock();
        assertThat(lock.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void shouldNotBeAcquiredTwice() {
        assertThat(lock.tryLock()).isTrue();
        assertThat(CompletableFuture.supplyAsync(lock::tryLock).join()).isFalse();
        lock.unlock();
        assertThat(CompletableFuture.supplyAsync(lock::tryLock).join()).isTrue();
    }

    @Test
    void shouldWaitUntilItIsReleased() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        lock.lock();
        Thread other = new Thread(() -> {
            started.countDown();
            lock.lock();
            lock.unlock();
        });
        other.start();
        started.await();
        while (other.getState() != Thread.State.WAITING) { // it has stopped spinning
            Thread.onSpinWait();
        }
        lock.unlock();
        other.join();
    }
}
