/**
 * Stores items by byte ranges: partitions with their indexes and segments, and every operation on items. It does not depend on the protocols.
 *
 * <p>Values are not objects. They are bytes in segments, so that ten million items are a few thousand objects to the garbage collector. The
 * classes, from the outside in:
 *
 * <ul>
 *   <li>{@link io.github.embeddedmemcached.internal.engine.CacheEngine}: the operations, by byte ranges; it chooses one of a few
 *       partitions by the key's hash. {@link io.github.embeddedmemcached.internal.engine.ItemUpdate}: a request that changes an
 *       item. {@link io.github.embeddedmemcached.internal.engine.ItemView}: an item that was found.
 *       {@link io.github.embeddedmemcached.internal.engine.LookupBatch}: many gets at once.
 *       {@link io.github.embeddedmemcached.internal.engine.ItemCursor}: iterates over all items.
 *   <li>Partition: finds items without a lock, and takes a {@link io.github.embeddedmemcached.internal.engine.lock.PartitionLock}
 *       for everything that writes. ItemChanges: the commands that change an item. ItemWriter: writes the item. IntegrityCheck:
 *       checks the invariants.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.lock.PartitionLock},
 *       {@link io.github.embeddedmemcached.internal.engine.lock.StackProbe},
 *       {@link io.github.embeddedmemcached.internal.engine.memory.HeapArrays}: keep a partition consistent if an error
 *       interrupts a change.
 *   <li>PartitionContents: the index, the segments in their logs, and the memory they take, from one flush to the next.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.index.Index},
 *   {@link io.github.embeddedmemcached.internal.engine.index.SlotTable} and
 *   {@link io.github.embeddedmemcached.internal.engine.log.Slot}: find an item by its key.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.log.Log},
 *       {@link io.github.embeddedmemcached.internal.engine.log.Segment},
 *       {@link io.github.embeddedmemcached.internal.engine.log.ItemLayout}: contain the items.
 *       {@link io.github.embeddedmemcached.internal.engine.LargeValue}: a value that is filled in place.
 *       {@link io.github.embeddedmemcached.internal.engine.log.ValueLease}: a value that is sent without a copy.
 *       {@link io.github.embeddedmemcached.internal.engine.memory.DirectMemory}: contains the large values that were received from
 *       clients, while there is enough of it.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.log.SegmentPool}: provides segments.
 *       {@link io.github.embeddedmemcached.internal.engine.memory.Memory}: a partition's account of memory.
 *       {@link io.github.embeddedmemcached.internal.engine.memory.UploadBudget}: the memory of values that are being received.
 *       {@link io.github.embeddedmemcached.internal.engine.memory.HeapAccount}: the memory of all caches of a class loader; each
 *       cache has a share of it.
 *   <li>Reclaimer: empties segments, in steps, and implements the eviction policy.
 *   {@link io.github.embeddedmemcached.internal.engine.policy.Sketch}, {@link
 *   io.github.embeddedmemcached.internal.engine.policy.Contest}: which items it keeps. {@link
 *   io.github.embeddedmemcached.internal.engine.log.ReclaimableSegments}, {@link
 *   io.github.embeddedmemcached.internal.engine.time.ExpiryTimes}, ExpiredSpace: which memory it frees first.
 *   {@link io.github.embeddedmemcached.internal.engine.policy.ShadowCaches}: adapts the policy to the requests.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.removal.Removals} and the other classes of its package: report removed
 *       items to the application's listeners and to servers, after the lock is released.
 *   <li>{@link io.github.embeddedmemcached.internal.engine.LoadOperations}: the begin and the end of a load, with a {@link
 *       io.github.embeddedmemcached.internal.engine.fence.LoadFence} that a change of the item breaks.
 * </ul>
 *
 * <p>Guards of the fields that more than one thread uses:
 *
 * <table>
 * <caption>Guards</caption>
 * <tr><th>field</th><th>read</th><th>written</th><th>under</th></tr>
 * <tr><td>slots of the index</td><td>by all threads</td><td>by writers; frequency and fetched by readers</td>
 *     <td>the partition's lock; readers by compare and set</td></tr>
 * <tr><td>bytes of a segment after its tail</td><td>not read</td><td>by writers</td><td>the lock</td></tr>
 * <tr><td>bytes of published items</td><td>by all threads</td><td>by writers</td><td>the lock and the segment's version</td></tr>
 * <tr><td>an item's last access</td><td>by all threads</td><td>by readers and writers</td><td>the lock</td></tr>
 * <tr><td>SlotTable.structure</td><td>by readers that found no item</td><td>by writers that move slots</td><td>the lock</td></tr>
 * <tr><td>Segment.leases</td><td>by writers, when the segment is dropped</td><td>by readers of large items; closed by writers</td>
 *     <td>atomic</td></tr>
 * <tr><td>Memory.releasedLeaseBytes</td><td>by writers</td><td>by the release of the last lease of a dropped segment</td><td>atomic</td></tr>
 * <tr><td>Memory.leasedBytes</td><td>by readers of large items</td><td>by writers</td><td>the lock</td></tr>
 * <tr><td>ShadowCaches</td><td colspan="2">by readers and writers of a sample of the keys</td><td>a flag; ignored if it is set</td></tr>
 * <tr><td>HeapAccount</td><td colspan="2">by writers of any cache</td><td>its monitor, under a partition's lock</td></tr>
 * <tr><td>DirectMemory</td><td colspan="2">by writers of any cache, and by the release of the last lease of a dropped segment</td>
 *     <td>its monitor</td></tr>
 * <tr><td>bytes of a piece of direct memory</td><td>by all threads</td><td>by the thread that receives the value</td>
 *     <td>the segment's version: it is changed before the piece is released</td></tr>
 * <tr><td>everything else</td><td colspan="2">by writers</td><td>the lock</td></tr>
 * </table>
 *
 * <p>To add an operation on items, add a method to CacheEngine and to Partition, and the change itself to ItemChanges. To add a
 * statistic, add a constant to {@link io.github.embeddedmemcached.cache.Statistic} and increment it where the event occurs
 * (Counters). To change the eviction policy, change Reclaimer and Contest.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine;

import org.jspecify.annotations.NullMarked;
