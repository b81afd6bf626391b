/**
 * The cache engine: items, expiry, eviction, CAS, statistics. It knows no protocol; {@link
 * io.github.embeddedmemcached.cache.Cache} is its face, for applications and for codecs.
 *
 * <p>Values don't live as objects. They are bytes in segments, so that ten million items are a few thousand objects to the garbage
 * collector. The pieces, from the outside in:
 *
 * <ul>
 *   <li>Cache: for applications, with keys and values of their own. RawCache: for codecs, by byte ranges; it chooses one of a few
 *       partitions by the key's hash.
 *   <li>Partition: finds items without a lock, and takes a PartitionLock for everything that writes. PartitionLock, StackProbe,
 *       HeapArrays: keep a partition consistent whatever error interrupts a change. ItemChanges: what commands do to an item.
 *       ItemWriter: puts it there.
 *   <li>Evictions, EvictionRecorder, EvictionEvents: report evictions to the application's listener and to servers, after the lock is
 *       released.
 *   <li>Contents: the index, the segments in their two logs, and the memory they take, from one flush to the next.
 *   <li>Index and Slot: find an item by its key. ItemView: a reader's window onto what was found. ReadAhead: many gets at once.
 *   <li>Log, Segment, ItemLayout: where items lie. LargeValue: one that is filled in place; Loan: one that is sent from where it lies.
 *   <li>SegmentPool: provides segments. Memory: a partition's account of memory. UploadSpace: the memory of values that are being
 *       received. HeapAccount: the memory of all caches of a class loader; each cache has a share of it.
 *   <li>Reclaimer, GhostTable, ExpiryTimes, ExpiredSpace: who makes room, and by what he chooses.
 *   <li>ItemCursor: goes through all items while others use them.
 * </ul>
 *
 * <p>Who may touch what:
 *
 * <table>
 * <caption>Guards</caption>
 * <tr><th>field</th><th>read</th><th>written</th><th>under</th></tr>
 * <tr><td>slots of the index</td><td>by all</td><td>by writers; frequency and fetched by readers</td>
 *     <td>the lock; readers by compare and set</td></tr>
 * <tr><td>bytes of a segment behind its tail</td><td>by nobody</td><td>by writers</td><td>the lock</td></tr>
 * <tr><td>bytes of published items</td><td>by all</td><td>by writers</td><td>the lock and the segment's version</td></tr>
 * <tr><td>an item's last access</td><td>by all</td><td>by readers and writers</td><td>the lock</td></tr>
 * <tr><td>index.structure</td><td>by readers that found nothing</td><td>by who moves slots</td><td>the lock</td></tr>
 * <tr><td>segment.loans</td><td>by writers, when the segment is dropped</td><td>by readers of large items; closed by writers</td>
 *     <td>atomic</td></tr>
 * <tr><td>memory.returnedBytes</td><td>by writers</td><td>by the last borrower of a dropped segment</td><td>atomic</td></tr>
 * <tr><td>memory.lentBytes</td><td>by borrowers</td><td>by writers</td><td>the lock</td></tr>
 * <tr><td>the heap's account</td><td colspan="2">by writers of any cache</td><td>its monitor, under a partition's lock</td></tr>
 * <tr><td>everything else</td><td colspan="2">by writers</td><td>the lock</td></tr>
 * </table>
 */
@NullMarked
package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.NullMarked;
