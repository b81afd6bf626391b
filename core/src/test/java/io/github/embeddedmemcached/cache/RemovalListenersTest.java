package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listeners with an executor, and the removal of listeners. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class RemovalListenersTest {
    private final Cache cache = Cache.builder().build();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final List<String> reported = new ArrayList<>();

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    private void delete(int first, int last) {
        for (int i = first; i <= last; i++) {
            cache.set("key" + i, new byte[1]);
            cache.delete("key" + i);
        }
    }

    private long dropped() {
        return cache.statistics().get(Statistic.REMOVALS_DROPPED);
    }

    @Test
    void shouldReportInOrderByOneTaskAtATime() {
        cache.addRemovalListener(removal -> reported.add(removal.keyText()), tasks::add);
        delete(1, 3);
        assertThat(tasks).hasSize(1);
        assertThat(reported).isEmpty();
        runTasks();
        assertThat(reported).containsExactly("key1", "key2", "key3");
        delete(4, 5);
        assertThat(tasks).hasSize(1);
        runTasks();
        assertThat(reported).containsExactly("key1", "key2", "key3", "key4", "key5");
    }

    @Test
    void shouldNotRunTwoTasksOfAListenerAtOnce() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(4);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger concurrent = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(5_000);
        try {
            cache.addRemovalListener(
                    removal -> {
                        if (running.incrementAndGet() > 1) {
                            concurrent.incrementAndGet();
                        }
                        reported.add(removal.keyText()); // not synchronized: consecutive tasks see each other's changes
                        running.decrementAndGet();
                        all.countDown();
                    },
                    executor);
            delete(1, 5_000);
            assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            executor.shutdown();
        }
        assertThat(executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(concurrent).hasValue(0);
        assertThat(reported).hasSize(5_000).startsWith("key1", "key2").endsWith("key4999", "key5000");
    }

    @Test
    void shouldDropAndCountRemovalsWhenTheQueueIsFull() {
        List<String> others = new ArrayList<>();
        cache.addRemovalListener(removal -> reported.add(removal.keyText()), tasks::add);
        cache.addRemovalListener(removal -> others.add(removal.keyText()));
        delete(1, RemovalListener.QUEUE_LENGTH_MAX + 7);
        assertThat(dropped()).isEqualTo(7);
        assertThat(others).hasSize(RemovalListener.QUEUE_LENGTH_MAX + 7);
        runTasks();
        assertThat(reported)
                .hasSize(RemovalListener.QUEUE_LENGTH_MAX)
                .endsWith("key" + RemovalListener.QUEUE_LENGTH_MAX);
        delete(0, 0);
        runTasks();
        assertThat(reported).endsWith("key0");
        assertThat(dropped()).isEqualTo(7);
    }

    @Test
    void shouldDropAndCountRemovalsThatTheExecutorRejects() {
        boolean[] rejects = {true};
        cache.addRemovalListener(removal -> reported.add(removal.keyText()), task -> {
            if (rejects[0]) {
                throw new RejectedExecutionException("by a test");
            }
            tasks.add(task);
        });
        delete(1, 3);
        assertThat(dropped()).isEqualTo(3);
        rejects[0] = false;
        delete(4, 5);
        runTasks();
        assertThat(reported).containsExactly("key4", "key5");
        assertThat(dropped()).isEqualTo(3);
    }

    @Test
    void shouldCallAListenerThatThrowsForTheNextRemoval() {
        cache.addRemovalListener(
                removal -> {
                    reported.add(removal.keyText());
                    throw new IllegalStateException("thrown by a test");
                },
                tasks::add);
        delete(1, 3);
        runTasks();
        assertThat(reported).containsExactly("key1", "key2", "key3");
    }

    @Test
    void shouldAllowAListenerToUseTheCacheOnAnExecutorThatRunsTasksAtOnce() {
        cache.addRemovalListener(
                removal -> {
                    reported.add(removal.keyText());
                    if (reported.size() < 10) {
                        delete(reported.size() + 1, reported.size() + 1);
                    }
                },
                Runnable::run);
        delete(1, 1);
        assertThat(reported).hasSize(10).startsWith("key1", "key2").endsWith("key10");
    }

    @Test
    void shouldNotCallARemovedListener() {
        RemovalListener listener = removal -> reported.add(removal.keyText());
        cache.addRemovalListener(listener);
        cache.addRemovalListener(listener, tasks::add);
        delete(1, 1);
        assertThat(reported).containsExactly("key1");
        cache.removeRemovalListener(listener);
        delete(2, 2);
        runTasks();
        assertThat(reported).containsExactly("key1");
        cache.addRemovalListener(listener);
        cache.reset();
        delete(3, 3);
        assertThat(reported).containsExactly("key1", "key3");
    }
}
