package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemCursor;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * The prefixes of views whose items are being removed. An item that was stored before the view was cleared has a CAS unique up to the
 * one that the cache had assigned last; until a scan has removed all such items, each operation first removes the item of its key if it is one of
 * them. Without CAS uniques items cannot be distinguished, so the scan is completed before the clear returns. Thread-safe.
 */
public final class ClearedPrefixes implements Runnable {
    private final CacheCore core;
    private final List<Cleared> pending = new CopyOnWriteArrayList<>();

    public ClearedPrefixes(CacheCore core) {
        this.core = core;
    }

    /** A prefix, and the last CAS unique that was assigned when its items were cleared. */
    private record Cleared(byte[] prefix, long lastCasUnique) {
        boolean contains(byte[] key, int offset, int length) {
            return length >= prefix.length
                    && Arrays.equals(key, offset, offset + prefix.length, prefix, 0, prefix.length);
        }

        boolean contains(long casUnique) {
            return Long.compareUnsigned(casUnique, lastCasUnique) <= 0;
        }
    }

    /** Makes all items of a prefix invisible, and begins to remove them. */
    public void clear(byte[] prefix) {
        CacheEngine engine = core.open();
        core.loads().invalidate(prefix);
        if (!engine.hasCasUniques()) {
            scan(new Cleared(prefix, 0), core::isClosed);
            return;
        }
        Cleared cleared = new Cleared(prefix, engine.lastCasUnique());
        pending.add(cleared);
        try {
            core.executor().execute(() -> finish(cleared));
        } catch (RejectedExecutionException e) {
            finish(cleared);
        }
    }

    private void finish(Cleared cleared) {
        scan(cleared, core::isClosed);
        if (!core.isClosed()) {
            pending.remove(cleared);
        }
    }

    /** Removes all items that were cleared, before the cache is saved. */
    @Override
    public void run() {
        for (Cleared cleared : pending) {
            scan(cleared, () -> false);
            pending.remove(cleared);
        }
    }

    private void scan(Cleared cleared, BooleanSupplier isStopped) {
        CacheEngine engine = core.engine();
        ItemCursor cursor = engine.cursor();
        ItemUpdate update = new ItemUpdate();
        while (!isStopped.getAsBoolean() && cursor.next()) {
            byte[] bytes = cursor.key();
            int offset = cursor.keyOffset();
            int length = cursor.keyLength();
            if (cleared.contains(bytes, offset, length) && cleared.contains(cursor.casUnique())) {
                remove(engine, update.key(bytes, offset, length), cursor.casUnique());
            }
        }
    }

    private static void remove(CacheEngine engine, ItemUpdate update, long casUnique) {
        engine.delete(engine.hasCasUniques() ? update.expectCas(casUnique) : update);
    }

    /** Removes the item of a key if it was cleared, before an operation on the key. */
    public void removeIfCleared(byte[] key) {
        if (pending.isEmpty()) {
            return;
        }
        CacheEngine engine = core.engine();
        ItemView view = new ItemView();
        for (Cleared cleared : pending) {
            if (cleared.contains(key, 0, key.length)
                    && engine.peek(key, 0, key.length, view)
                    && cleared.contains(view.casUnique())) {
                remove(engine, new ItemUpdate().key(key, 0, key.length), view.casUnique());
            }
        }
    }

    /** Returns whether an item that a scan found was cleared. */
    public boolean isCleared(byte[] key, long casUnique) {
        for (Cleared cleared : pending) {
            if (cleared.contains(key, 0, key.length) && cleared.contains(casUnique)) {
                return true;
            }
        }
        return false;
    }
}
