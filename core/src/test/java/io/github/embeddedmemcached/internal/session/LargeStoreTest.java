package io.github.embeddedmemcached.internal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LargeStoreTest {
    private static final int LENGTH = 100_000;
    private static final long STACK_BYTES = 256 << 10;

    @Test
    void shouldReleaseTheMemoryAfterAStackOverflowInTheStore() throws Exception {
        try (Cache cache = Cache.builder().build()) {
            LargeStore store = new LargeStore(Engines.of(cache), 0);
            store.update(new byte[] {'k'}, 0, 1);
            assertThat(store.begin(StoreMode.SET, LENGTH)).isTrue();
            InputWindow window = new InputWindow();
            window.open(ByteBuffer.allocate(LENGTH));
            assertThat(store.fill(window)).isTrue();
            List<Throwable> uncaught = new CopyOnWriteArrayList<>();
            Thread thread = new Thread(null, () -> storeAtStackEnd(store), "deep", STACK_BYTES);
            thread.setUncaughtExceptionHandler((of, exception) -> uncaught.add(exception));
            thread.start();
            thread.join(TimeUnit.SECONDS.toMillis(60));
            assertThat(thread.isAlive()).isFalse();
            assertThat(uncaught).isEmpty();
            store.abandon();
            cache.flushAll();
            assertThat(cache.statistics().usedBytes()).isLessThan(LENGTH);
            assertThat(cache.statistics().get(Statistic.PARTITION_RESETS)).isZero();
        }
    }

    @Test
    void shouldReleaseTheValueOfAnInterruptedCommandWhenTheNextOneBegins() {
        try (Cache cache = Cache.builder().build()) {
            LargeStore store = new LargeStore(Engines.of(cache), 0);
            for (int i = 0; i < 2; i++) {
                store.update(new byte[] {'k'}, 0, 1);
                assertThat(store.begin(StoreMode.SET, LENGTH)).isTrue();
            }
            store.abandon();
            cache.flushAll();
            assertThat(cache.statistics().usedBytes()).isLessThan(LENGTH);
        }
    }

    /** Recurses to the end of the stack. While the recursion returns, retries the store until the stack is sufficient. */
    @SuppressWarnings("InfiniteRecursion")
    private static int storeAtStackEnd(LargeStore store) {
        try {
            return storeAtStackEnd(store) + 1;
        } catch (StackOverflowError e) {
            store.finish();
            return 0;
        }
    }
}
