package io.github.embeddedmemcached.internal.loading;

import io.github.embeddedmemcached.internal.engine.fence.LoadFence;
import io.github.embeddedmemcached.internal.wire.Printable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The load or refresh of one key. Threads wait for it by a latch; the futures of asynchronous callers are completed afterwards, because that
 * may run code of the application. Thread-safe.
 */
final class Load {
    /** A longer key is shortened in messages. */
    private static final int SHOWN_KEY_LENGTH_MAX = 250;

    /**
     * The end of a load.
     *
     * @param value the value, which is not modified; null if there is none
     * @param failure the reason why there is none; null if the load succeeded
     */
    record Outcome(byte @Nullable [] value, @Nullable RuntimeException failure) {
        /** Returns a copy of the value, or throws the failure. */
        byte @Nullable [] get() {
            if (failure != null) {
                throw failure;
            }
            return value == null ? null : value.clone();
        }
    }

    final byte[] key;
    /** Whether the item may be renewed although another client was chosen to do so. */
    final boolean takesOver;

    private final LoadTask task;
    private final @Nullable Load superseded;
    private final long createdMillis;
    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();
    private final CompletableFuture<byte @Nullable []> future = new CompletableFuture<>();
    private volatile LoadFence fence = new LoadFence();
    private volatile boolean isRefresh;
    private @Nullable Outcome result; // written and read by the thread that runs the task

    /**
     * Creates a load.
     *
     * @param key not modified afterwards
     * @param superseded the load that this one takes over, whose callers get its outcome; null if there is none
     */
    Load(
            LoadTask task,
            byte[] key,
            boolean isRefresh,
            boolean takesOver,
            @Nullable Load superseded,
            long createdMillis) {
        this.task = task;
        this.key = key;
        this.isRefresh = isRefresh;
        this.takesOver = takesOver;
        this.superseded = superseded;
        this.createdMillis = createdMillis;
    }

    LoadFence fence() {
        return fence;
    }

    /** Replaces the fence of a load that begins again. */
    void renewFence() {
        fence = new LoadFence();
    }

    LoadTask task() {
        return task;
    }

    long createdMillis() {
        return createdMillis;
    }

    /** Returns whether there is an item that this load is to replace. */
    boolean isRefresh() {
        return isRefresh;
    }

    void isRefresh(boolean isRefresh) {
        this.isRefresh = isRefresh;
    }

    /** Returns whether this is a refresh that takes longer than its lease. If the clock was set back, the lease is over. */
    boolean isOverdue(long now, long leaseMillis) {
        return isRefresh && (now - createdMillis >= leaseMillis || now < createdMillis);
    }

    /** Returns the result in the thread that runs the task, also if the callers got another outcome before. */
    @Nullable Outcome result() {
        return result;
    }

    void result(Outcome result) {
        this.result = result;
    }

    boolean isDone() {
        return outcome.get() != null;
    }

    /** Releases the waiting threads, unless they were released before. */
    void end(Outcome ended) {
        if (outcome.compareAndSet(null, ended)) {
            done.countDown();
        }
        if (superseded != null) {
            superseded.end(ended);
        }
    }

    /** Completes the future after {@link #end}; runs code of the application. */
    void completeFuture() {
        Outcome ended = outcome.get();
        if (ended != null && ended.failure != null) {
            future.completeExceptionally(ended.failure);
        } else if (ended != null) {
            future.complete(ended.value);
        }
        if (superseded != null) {
            superseded.completeFuture();
        }
    }

    /** Waits for the end. Returns null if that takes longer than a time. */
    @Nullable Outcome await(long millis) throws InterruptedException {
        return done.await(millis, TimeUnit.MILLISECONDS) ? outcome.get() : null;
    }

    /** Returns a new future of a copy of the value, which its caller may cancel or complete. */
    CompletableFuture<byte @Nullable []> newFuture() {
        CompletableFuture<byte @Nullable []> copy = new CompletableFuture<>();
        future.whenComplete((value, failure) -> {
            if (failure != null) {
                copy.completeExceptionally(failure);
            } else {
                copy.complete(value == null ? null : value.clone());
            }
        });
        return copy;
    }

    /** Returns the key as messages show it. */
    String name() {
        return '"'
                + Printable.text(key, 0, Math.min(key.length, SHOWN_KEY_LENGTH_MAX))
                + '"'
                + (key.length > SHOWN_KEY_LENGTH_MAX ? "..." : "");
    }
}
