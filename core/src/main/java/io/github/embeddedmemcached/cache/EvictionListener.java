package io.github.embeddedmemcached.cache;

/**
 * Is told of each live item that is dropped to make room, before it is gone. It is called while a part of the cache is locked: it
 * must be quick and must not call the cache.
 */
@FunctionalInterface
public interface EvictionListener {
    /**
     * Tells of an item.
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
