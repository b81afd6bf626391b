package io.github.embeddedmemcached.internal.jfr;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Emits events of the JDK Flight Recorder. Does nothing if no recording is running or the module jdk.jfr is not present. Must not be called
 * while a part of a cache is locked, nor for frequent operations: the first event of a kind loads its class. Thread-safe; throws nothing.
 *
 * <p>An event with a duration is begun before the operation and committed after it:
 *
 * <pre>{@code
 * Object event = FlightEvents.beginLoad();
 * ...
 * FlightEvents.commitLoad(event, engine.name(), failed);
 * }</pre>
 */
public final class FlightEvents {
    /** An operation is reported as a burst of evictions if it evicts more items than this. */
    public static final int BURST_ITEMS = 1000;

    /** A connection is reported as stalled if its client accepts no byte of a waiting reply for at least this time. */
    public static final long STALL_MILLIS = 10_000;

    private static volatile boolean isMissing; // the module jdk.jfr

    private FlightEvents() {}

    /**
     * Reports an operation that evicted many items.
     *
     * @param cache the name of the cache; null if it has none
     * @param items the number of evicted items
     * @param bytes their total size, as {@code Cache.itemSize} counts it
     */
    public static void evictionBurst(@Nullable String cache, long items, long bytes) {
        emit(() -> EvictionBurstEvent.emit(cache, items, bytes));
    }

    /**
     * Reports a connection whose client did not read.
     *
     * @param client the client's address
     * @param millis the time in which the client accepted no byte
     * @param waitingBytes the memory of the waiting replies
     */
    public static void stalledConnection(String client, long millis, long waitingBytes) {
        emit(() -> StalledConnectionEvent.emit(client, millis, waitingBytes));
    }

    /** Begins the event of a call of a loader. Returns the argument of {@link #commitLoad}; null if the event is not recorded. */
    public static @Nullable Object beginLoad() {
        return begin(LoadEvent::beginIfEnabled);
    }

    /** Begins the event of a save. Returns the argument of {@link #commitFile}; null if the event is not recorded. */
    public static @Nullable Object beginSave() {
        return begin(FileEvent.Save::beginIfEnabled);
    }

    /** Begins the event of a restore. Returns the argument of {@link #commitFile}; null if the event is not recorded. */
    public static @Nullable Object beginRestore() {
        return begin(FileEvent.Restore::beginIfEnabled);
    }

    /**
     * Ends the event of a call of a loader.
     *
     * @param event the event; null to do nothing
     * @param cache the name of the cache; null if it has none
     * @param failed whether the loader threw an exception
     */
    public static void commitLoad(@Nullable Object event, @Nullable String cache, boolean failed) {
        if (event != null) {
            emit(() -> ((LoadEvent) event).emit(cache, failed));
        }
    }

    /**
     * Ends the event of a save or a restore.
     *
     * @param event the event; null to do nothing
     * @param cache the name of the cache; null if it has none
     * @param path the file
     * @param items the number of items that were written or read
     * @param bytes the length of the file
     * @param failed whether the operation failed
     */
    public static void commitFile(
            @Nullable Object event, @Nullable String cache, String path, long items, long bytes, boolean failed) {
        if (event != null) {
            emit(() -> ((FileEvent) event).emit(cache, path, items, bytes, failed));
        }
    }

    private static void emit(Runnable event) {
        begin(() -> {
            event.run();
            return null;
        });
    }

    private static @Nullable Object begin(Supplier<@Nullable Object> event) {
        if (!isMissing) {
            try {
                return event.get();
            } catch (LinkageError e) {
                isMissing = true;
            } catch (RuntimeException | Error e) {
                return null; // losing an event is better than failing the operation
            }
        }
        return null;
    }
}
