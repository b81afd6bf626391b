package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.internal.engine.LookupBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Operations on many keys, faster than one at a time: the items of several keys are prefetched together, see {@link LookupBatch}. */
public final class KeyBatches {
    private KeyBatches() {}

    /**
     * Executes an operation for each element of a collection.
     *
     * @param batch prefetches the items
     * @param keyOf returns the bytes of an element's key
     * @param operation receives an element and the bytes of its key
     */
    public static <E> void forEach(
            LookupBatch batch,
            Iterable<? extends E> elements,
            Function<? super E, byte[]> keyOf,
            BiConsumer<? super E, byte[]> operation) {
        List<E> pending = new ArrayList<>(LookupBatch.KEYS_MAX);
        byte[][] keys = new byte[LookupBatch.KEYS_MAX][];
        for (E element : elements) {
            byte[] key = keyOf.apply(element);
            keys[pending.size()] = key;
            pending.add(element);
            boolean hasSpace = batch.add(key, 0, key.length);
            if (!hasSpace) {
                execute(batch, pending, keys, operation);
            }
        }
        execute(batch, pending, keys, operation);
    }

    private static <E> void execute(
            LookupBatch batch, List<E> pending, byte[][] keys, BiConsumer<? super E, byte[]> operation) {
        batch.prefetch();
        for (int i = 0; i < pending.size(); i++) {
            operation.accept(pending.get(i), keys[i]);
        }
        pending.clear();
    }
}
