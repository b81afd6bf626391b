package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A change of a value by a function of the application: reads the item, calls the function, and stores or removes the item if its CAS
 * unique is the same, otherwise begins again. Not thread-safe.
 */
public final class Computation<V> {
    private final CacheCore core;
    private final KeyValueCodec<?, V> codec;
    private final byte[] key;
    private final long millisToLive;
    private final boolean keepsExpiry;
    private final ItemView view = new ItemView();

    /**
     * Creates a computation.
     *
     * @param millisToLive the time to live of the item that is stored, 0 if it never expires
     * @param keepsExpiry whether an existing item keeps its time to live
     */
    public Computation(CacheCore core, KeyValueCodec<?, V> codec, byte[] key, long millisToLive, boolean keepsExpiry) {
        this.core = core;
        this.codec = codec;
        this.key = key;
        this.millisToLive = millisToLive;
        this.keepsExpiry = keepsExpiry;
    }

    /** Returns the value that the function returned last. */
    public @Nullable V run(Function<@Nullable V, @Nullable V> function) {
        CacheEngine engine = core.open();
        if (!engine.hasCasUniques()) {
            throw new UnsupportedOperationException(
                    "compute needs CAS uniques, which casEnabled(false) has disabled for this cache");
        }
        while (true) {
            byte[] old = engine.get(key, 0, key.length, view) ? view.value() : null;
            V value = function.apply(old == null || view.isPlaceholder() ? null : core.decode(codec, key, old));
            boolean isDone = value == null ? old == null || remove() : store(value, old != null);
            if (isDone) {
                return value;
            }
        }
    }

    /** Removes the item; returns its value, or null if there is none. */
    public @Nullable V take() {
        if (!core.open().hasCasUniques()) {
            byte[] old = core.open().take(update(), view) ? view.storedValue() : null;
            return old == null ? null : codec.decodeValue(key, old);
        }
        while (true) {
            byte[] old = core.open().get(key, 0, key.length, view) ? view.storedValue() : null;
            V value = old == null ? null : core.decode(codec, key, old);
            if (value == null || delete() == DeleteResult.DELETED) {
                return value;
            }
        }
    }

    private boolean remove() {
        return delete() != DeleteResult.EXISTS;
    }

    private DeleteResult delete() {
        return core.open().delete(update().expectCas(view.casUnique()));
    }

    /** Stores a value unless the item was changed meanwhile; if it cannot be stored, removes the old item. */
    private boolean store(V value, boolean replaces) {
        byte[] bytes = codec.encodeValue(key, value);
        ItemUpdate update = update().value(bytes, 0, bytes.length);
        if (millisToLive != 0) {
            update.timeToLive(millisToLive);
        }
        if (replaces) {
            update.expectCas(view.casUnique()).flags(view.flags());
        }
        if (replaces && keepsExpiry && !view.isPlaceholder()) {
            update.keepExpiry();
        }
        core.cleared().removeIfCleared(key); // the view may have been cleared while the function was called
        StoreResult result = core.dropIfClosed(core.open().store(replaces ? StoreMode.CAS : StoreMode.ADD, update));
        boolean isRejected = result == StoreResult.TOO_LARGE || result == StoreResult.OUT_OF_MEMORY;
        return result == StoreResult.STORED || (isRejected && (!replaces || remove()));
    }

    private ItemUpdate update() {
        return new ItemUpdate().key(key, 0, key.length);
    }
}
