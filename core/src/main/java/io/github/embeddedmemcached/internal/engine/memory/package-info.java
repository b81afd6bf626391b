/**
 * Accounts for the memory that caches acquire from the heap, for each partition and for all caches of a JVM together. Provides the direct
 * memory that large values use instead of the heap; it is charged to the same accounts.
 *
 * <p>To change the limit of a partition, change {@link Memory}; to change the distribution of the heap among caches, change {@link
 * HeapAccount}; to change the limit of values that are being received, change {@link UploadBudget}; to change how direct memory is allocated and when it is returned, change {@link DirectMemory}. Memory is charged by {@code
 * internal.engine.log.SegmentPool}, for segments, and by {@code internal.engine.PartitionContents}, for everything else.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.memory;

import org.jspecify.annotations.NullMarked;
