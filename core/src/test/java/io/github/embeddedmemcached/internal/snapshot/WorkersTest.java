package io.github.embeddedmemcached.internal.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {
    private final Workers workers = new Workers();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    private void addThread(CyclicBarrier barrier) {
        threads.add(Thread.currentThread());
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldExecuteTasksAtTheSameTimeAndEndThreads() throws IOException {
        CyclicBarrier all = new CyclicBarrier(3);
        workers.run(() -> addThread(all), () -> addThread(all), 2);
        assertThat(threads).hasSize(3).contains(Thread.currentThread());
        threads.remove(Thread.currentThread());
        assertThat(threads).allMatch(Thread::isDaemon).noneMatch(Thread::isAlive);
        assertThat(workers.hasFailed()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(classes = {IOException.class, IllegalStateException.class, OutOfMemoryError.class})
    void shouldThrowFailureOfAnotherThreadAfterTheOtherTasksHaveEnded(Class<? extends Throwable> type)
            throws ReflectiveOperationException {
        Throwable failure = type.getConstructor(String.class).newInstance("thrown by a test");
        assertThatThrownBy(() -> workers.run(this::awaitFailure, () -> fail(failure), 1))
                .isSameAs(failure);
        assertThat(threads).containsExactly(Thread.currentThread());
    }

    private void awaitFailure() {
        while (!workers.hasFailed()) {
            Thread.onSpinWait();
        }
        threads.add(Thread.currentThread());
    }

    private static void fail(Throwable failure) throws IOException {
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        throw (IOException) failure;
    }

    @Test
    void shouldWaitForThreadsAndRemainInterrupted() throws IOException {
        CyclicBarrier others = new CyclicBarrier(2);
        Thread.currentThread().interrupt();
        try {
            workers.run(() -> {}, () -> addThread(others), 2);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(threads).hasSize(2).noneMatch(Thread::isAlive);
    }
}
