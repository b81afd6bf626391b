package io.github.embeddedmemcached.cache;

import java.time.Duration;

/**
 * The result of restoring a file when a cache was built, see {@link CacheStatistics#restored}.
 *
 * @param items the number of items that were restored
 * @param expired the number of items that have expired since they were saved
 * @param tooLarge the number of items that exceed the maximum item size or key length of this cache
 * @param overLimit the number of items for which the memory limit left no space, those that would be evicted first
 * @param lostBlocks the number of damaged or missing blocks of the file; a missing end of the file counts as one
 * @param lostItems the number of items in them, as far as it is known
 * @param elapsed the duration
 */
public record RestoreResult(
        long items, long expired, long tooLarge, long overLimit, int lostBlocks, long lostItems, Duration elapsed) {}
