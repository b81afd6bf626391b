package io.github.embeddedmemcached.internal.engine.policy;

/**
 * The keys that were seen most recently, about {@value #KEYS_PER_ENTRY} for each entry of a shadow cache. A bucket contains eight fingerprints of
 * keys, the most recent first. Buckets forget keys at different times. A loop that is about as long as this memory therefore has
 * a steady rate of new keys. With two sets that alternate, it would have rounds with many new keys and rounds with none.
 *
 * <p>Of the keys that were not seen, 3 % are taken for seen ones. Not thread-safe.
 */
final class SeenKeys {
    static final int BYTES_PER_ENTRY = 4;

    static final int KEYS_PER_ENTRY = BYTES_PER_ENTRY;

    private static final long MIXER = 0x9E37_79B9_7F4A_7C15L;
    private static final int FINGERPRINT_MASK = 0xFF;

    private final long[] buckets;

    SeenKeys(int entries) {
        buckets = new long[Math.max(1, entries * BYTES_PER_ENTRY / Long.BYTES)];
    }

    /** Adds a key. Returns whether it is new: it was not added recently. */
    boolean add(int key) {
        long mixed = key * MIXER;
        mixed = (mixed ^ mixed >>> Integer.SIZE) * MIXER;
        int index = (int) ((mixed >>> Integer.SIZE) * buckets.length >>> Integer.SIZE);
        long fingerprint = Math.max(1, mixed & FINGERPRINT_MASK); // 0 is none
        long bucket = buckets[index];
        int shift = 0;
        while (shift < Long.SIZE && (bucket >>> shift & FINGERPRINT_MASK) != fingerprint) {
            shift += Byte.SIZE;
        }
        boolean isNew = shift == Long.SIZE;
        // The fingerprint moves to the front; those before it move back, the last one only if it is new.
        int last = isNew ? Long.SIZE - Byte.SIZE : shift;
        long moved = -1L >>> Long.SIZE - Byte.SIZE - last;
        long kept = bucket & ~moved;
        buckets[index] = kept | bucket << Byte.SIZE & moved | fingerprint;
        return isNew;
    }
}
