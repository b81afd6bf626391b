package io.github.embeddedmemcached.internal.engine;

import io.github.embeddedmemcached.internal.engine.index.Index;
import io.github.embeddedmemcached.internal.engine.index.KeyHash;
import io.github.embeddedmemcached.internal.engine.log.ItemLayout;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.log.SegmentTable;
import io.github.embeddedmemcached.internal.engine.log.Slot;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The keys of items that a flush dropped and that were not looked up since. memcached drops a flushed item when it is looked up, and
 * counts that. Here a flush drops all items at once, so the hashes of their keys are kept for the count: of the first {@value
 * #KEYS_MAX} in a partition. Thread-safe.
 */
final class FlushedKeys {
    static final int KEYS_MAX = 1024;

    static final FlushedKeys NONE = new FlushedKeys(new long[0]);

    /** Sorted. */
    private final long[] hashes;

    private final AtomicIntegerArray lookedUp;

    private FlushedKeys(long[] hashes) {
        this.hashes = hashes;
        lookedUp = new AtomicIntegerArray(hashes.length);
    }

    /** Returns the keys in the contents that a flush drops, and the keys that were flushed before; under the lock of the partition. */
    static FlushedKeys of(PartitionContents contents, FlushedKeys before, KeyHash keyHash) {
        Collector collector = new Collector(contents.segments, keyHash);
        for (int i = 0; i < before.hashes.length; i++) {
            if (before.lookedUp.get(i) == 0) {
                collector.add(before.hashes[i]);
            }
        }
        for (int bucket = 0; bucket < contents.index.buckets() && !collector.isFull(); bucket++) {
            contents.index.forEach(bucket, collector);
        }
        return collector.count == 0 ? NONE : new FlushedKeys(collector.sorted());
    }

    /** Returns whether a key was flushed and not looked up since. */
    boolean contains(long hash) {
        int index = Arrays.binarySearch(hashes, hash);
        return index >= 0 && lookedUp.get(index) == 0;
    }

    /** Records that a key is looked up. Returns whether it was flushed and not looked up before. */
    boolean remove(long hash) {
        int index = hashes.length == 0 ? -1 : Arrays.binarySearch(hashes, hash);
        return index >= 0 && lookedUp.compareAndSet(index, 0, 1);
    }

    /** Collects the hashes of up to {@link #KEYS_MAX} keys. */
    private static final class Collector implements Index.SlotVisitor {
        private final SegmentTable segments;
        private final KeyHash keyHash;
        private final long[] hashes = new long[KEYS_MAX];
        private int count;

        Collector(SegmentTable segments, KeyHash keyHash) {
            this.segments = segments;
            this.keyHash = keyHash;
        }

        boolean isFull() {
            return count == KEYS_MAX;
        }

        void add(long hash) {
            if (!isFull()) {
                hashes[count++] = hash;
            }
        }

        long[] sorted() {
            long[] sorted = Arrays.copyOf(hashes, count);
            Arrays.sort(sorted);
            return sorted;
        }

        @Override
        public void visit(int bucket, long slot) {
            Segment segment = segments.get(Slot.segment(slot));
            if (segment != null) {
                int item = Slot.offset(slot);
                byte[] bytes = segment.bytes;
                add(keyHash.hash(bytes, ItemLayout.keyOffset(bytes, item), ItemLayout.keyLength(bytes, item)));
            }
        }
    }
}
