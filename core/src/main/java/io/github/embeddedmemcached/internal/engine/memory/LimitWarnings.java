package io.github.embeddedmemcached.internal.engine.memory;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Warns if the heap is too small for a cache's memory limit. Thread-safe. */
public final class LimitWarnings {
    private static final int MEGABYTE_SHIFT = 20;

    private final Consumer<String> consumer;
    private final HeapAccount account;
    private final AtomicBoolean refusalReported = new AtomicBoolean();

    public LimitWarnings(Consumer<String> consumer, HeapAccount account) {
        this.consumer = consumer;
        this.account = account;
    }

    /** Warns if the heap allows less than the requested limit. */
    public void onLimit(long requestedBytes) {
        long allowedBytes = account.itemLimitBytes();
        if (requestedBytes > allowedBytes) {
            consumer.accept("the heap of " + megabytes(account.heapBytes()) + " allows " + megabytes(allowedBytes)
                    + " of the memory limit of " + megabytes(requestedBytes) + "; start Java with -Xmx"
                    + (account.heapBytesFor(requestedBytes) + (1L << MEGABYTE_SHIFT) - 1 >> MEGABYTE_SHIFT)
                    + "m for all of it");
        }
    }

    /** Warns if the largest item is larger than the heap allows. */
    public void onItemSizeMax(int requestedBytes, int allowedBytes) {
        if (requestedBytes > allowedBytes) {
            consumer.accept("the heap of " + megabytes(account.heapBytes()) + " allows items of up to " + allowedBytes
                    + " bytes, not " + requestedBytes);
        }
    }

    /**
     * Warns, once, that the account of the heap is exhausted for a cache.
     *
     * @param limitBytes the cache's memory limit
     * @param usedBytes the memory that is charged to it
     * @param evicts whether the cache evicts items
     */
    public void onRefusal(long limitBytes, long usedBytes, boolean evicts) {
        if (!refusalReported.get() && refusalReported.compareAndSet(false, true)) {
            consumer.accept("the caches of this JVM together use the " + megabytes(account.itemLimitBytes())
                    + " that its heap of " + megabytes(account.heapBytes())
                    + " allows them; one with a limit of "
                    + megabytes(limitBytes) + " has " + megabytes(usedBytes) + " and "
                    + (evicts ? "evicts items" : "rejects new items"));
        }
    }

    private static String megabytes(long bytes) {
        return (bytes >> MEGABYTE_SHIFT) + " MB";
    }
}
