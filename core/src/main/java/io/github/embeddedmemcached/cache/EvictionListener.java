package io.github.embeddedmemcached.cache;

/**
 * Is called for each live item that was dropped to make room.
 *
 * <p>It is called after the item is gone, by the thread whose operation needed the room, before that operation returns. No part of the
 * cache is locked meanwhile: a listener may use the cache. What it evicts itself is reported after it has returned. Several
 * threads may call it at the same time.
 *
 * <p>The operation does not fail if a listener throws: the first exception of a listener is logged, to the {@link System.Logger} of
 * the name {@code io.github.embeddedmemcached}, and it is called for the next item. Where the JVM has no memory to record an
 * eviction, it is not reported.
 */
@FunctionalInterface
public interface EvictionListener {
    /**
     * Reports an item.
     *
     * @param bytes holds the key, only during this call
     * @param keyOffset where the key begins
     * @param keyLength its length
     * @param wasFetched whether the item was ever read
     * @param secondsToLive how long it would have lived, or -1 if it would never have expired
     * @param secondsSinceAccess how long ago it was stored or read; see {@link Cache} for the reads that aren't noted
     * @param valueLength the length of its value
     * @param itemSize its size as {@link Cache#itemSize} counts it
     */
    void onEviction(
            byte[] bytes,
            int keyOffset,
            int keyLength,
            boolean wasFetched,
            long secondsToLive,
            long secondsSinceAccess,
            int valueLength,
            long itemSize);
}
