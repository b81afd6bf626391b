package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.DeleteResult;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Iterates once over the items of a view, while other threads use the cache. Placeholders, which clients have created in order to fill
 * them, and items that were cleared are skipped. Not thread-safe.
 */
public final class Iteration<K, V> {
    private final CacheCore core;
    private final KeyValueCodec<K, V> codec;
    private final byte[] start;
    private final ItemCursor cursor;
    private final ItemView view = new ItemView();

    /** Creates an iteration over the items whose keys begin with the codec's prefix and these bytes. */
    public Iteration(CacheCore core, KeyValueCodec<K, V> codec, byte[] start) {
        this.core = core;
        this.codec = codec;
        this.start = start;
        cursor = core.open().cursor();
    }

    public void forEach(BiConsumer<? super K, ? super V> consumer) {
        Objects.requireNonNull(consumer);
        for (byte[] key = next(); key != null; key = next()) {
            V value = value(key);
            if (value != null) {
                consumer.accept(codec.decodeKey(key), value);
            }
        }
    }

    public Stream<K> keys() {
        return Stream.iterate(next(), Objects::nonNull, key -> next()).map(codec::decodeKey);
    }

    public long removeIf(BiPredicate<? super K, ? super V> condition) {
        Objects.requireNonNull(condition);
        long removed = 0;
        for (byte[] key = next(); key != null; key = next()) {
            V value = value(key);
            if (value != null && condition.test(codec.decodeKey(key), value) && remove(key)) {
                removed++;
            }
        }
        return removed;
    }

    /** Removes the item that was read last, unless it was changed meanwhile. */
    private boolean remove(byte[] key) {
        ItemUpdate update = new ItemUpdate().key(key, 0, key.length);
        if (core.engine().hasCasUniques()) {
            update.expectCas(view.casUnique());
        }
        return core.open().delete(update) == DeleteResult.DELETED;
    }

    private @Nullable V value(byte[] key) {
        byte[] value = core.open().peek(key, 0, key.length, view) ? view.storedValue() : null;
        return value == null ? null : core.decodeOrSkip(codec, key, value, view.casUnique());
    }

    private byte @Nullable [] next() {
        core.open();
        while (cursor.next()) {
            byte[] key = codec.copyKey(cursor.key(), cursor.keyOffset(), cursor.keyLength(), start);
            if (key != null && !cursor.isPlaceholder() && !core.cleared().isCleared(key, cursor.casUnique())) {
                return key;
            }
        }
        return null;
    }
}
