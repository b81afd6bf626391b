package io.github.embeddedmemcached.cache;

/**
 * A listener that is called for each live item that was evicted.
 *
 * <p>It is called after the item was removed, by the thread whose operation needed the memory, before that operation returns. No
 * part of the cache is locked during the call, so a listener may use the cache. Evictions that it causes are reported after it has returned.
 * Several threads may call it at the same time.
 *
 * <p>The operation does not fail if a listener throws: the first exception of a listener is logged, to the {@link System.Logger} named
 * {@code io.github.embeddedmemcached}, and the listener is called for the next item. If the JVM has no memory to record an
 * eviction, it is not reported.
 */
@FunctionalInterface
public interface EvictionListener {
    /**
     * Reports an evicted item.
     *
     * @param bytes an array that contains the key; valid only during this call, and must not be modified
     * @param keyOffset the offset of the key in the array
     * @param keyLength the length of the key in bytes
     * @param wasFetched whether the item was ever read
     * @param secondsToLive the remaining time to live in seconds, or -1 if it would never have expired
     * @param secondsSinceAccess the seconds since the item was last stored or read; see {@link Cache} for reads that do not update it
     * @param valueLength the length of the value in bytes
     * @param itemSize the size of the item in bytes, as {@link Cache#itemSize} counts it
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
