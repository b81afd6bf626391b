/**
 * Saves all items of a cache to a file, and restores them. The cache can be used meanwhile: a few buckets of the index are copied
 * at a time, and a few items of one partition are added at a time.
 *
 * <p>{@code Persistence} decides when a cache is saved and restored, {@code SaveTimer} calls it periodically, {@code LockFile} prevents
 * several caches from using one file. {@code SnapshotWriter} writes the items, {@code Storage} replaces the file. {@code SnapshotReader}
 * restores a file: {@code BlockList} finds the blocks, an {@code ItemReader} for each thread checks them and adds their items. Both use several
 * threads for a large cache, which {@code Workers} starts and waits for.
 *
 * <p>A file has a header, blocks of items, an end block, and a copy of the header. Numbers are in little-endian byte order. All checksums
 * are CRC32C.
 *
 * <pre>
 *  header
 *  0       8         12       16        24                32                40
 *  +-------+---------+--------+---------+-----------------+-----------------+------------+
 *  | magic | version | zeros  | file id | Unix time of    | last CAS unique | CRC of the |
 *  |     8 |       4 |      4 |       8 | the save, ms  8 | at that time  8 | header   4 |
 *  +-------+---------+--------+---------+-----------------+-----------------+------------+
 *
 *  block
 *  0        4         12       16         20      24     28         32         36
 *  +--------+---------+--------+----------+-------+------+----------+----------+---------+
 *  | marker | file id | number | length of| items | rank | CRC of   | CRC of   | payload |
 *  |      4 |       8 |      4 | payload 4|     4 |    4 | payload 4| header 4 |         |
 *  +--------+---------+--------+----------+-------+------+----------+----------+---------+
 *
 *  item, in the payload of a block
 *  0            8                 16              20             24             28           30      31
 *  +------------+-----------------+---------------+--------------+--------------+------------+-------+-----+-------+
 *  | CAS unique | Unix time of    | seconds since | client flags | value length | key length | state | key | value |
 *  |          8 | expiry, ms    8 | last access 4 |            4 |            4 |          2 |     1 |     |       |
 *  +------------+-----------------+---------------+--------------+--------------+------------+-------+-----+-------+
 *
 *  payload of the end block, whose number of items is -1
 *  0             8                 16       20
 *  +-------------+-----------------+--------+
 *  | items in    | last CAS unique | blocks |
 *  | all blocks 8| at the end    8 |      4 |
 *  +-------------+-----------------+--------+
 * </pre>
 *
 * <ul>
 *   <li>The file id is random. It is part of each block's header, so that no value can contain bytes that look like a block of the file.
 *   <li>The rank of a block is that of its items: 0 if they would be evicted first, to 255 if last. It does not depend on the eviction
 *       policy: the writer divides the order of eviction into as many classes as it can distinguish, and the reader maps them to its own.
 *       Today these are the log, the frequency, and the age of the last access.
 *   <li>The time of expiry is 2^63 - 1 for an item that does not expire. The bits of the state are 1 stale, 2 binary key, 4 fetched. The
 *       right to renew an item is not saved: its owner may not exist any more.
 *   <li>A block has at most 128 KiB, unless it contains a single item.
 *   <li>A file may contain two versions of an item that was moved in the index or changed during the save; the first one is restored.
 *   <li>If the header is damaged, its copy is used; if both are, the file id of the first intact block header. A file that is shorter than
 *       the header is truncated if it begins with the magic or a part of it. If a block's header is damaged, the reader continues at the
 *       next marker that begins an intact block header. The numbers and the end block show how many blocks are missing.
 *   <li>A CAS unique of 2^63 or more, which only clients assign, is replaced by a new one: no CAS unique that the cache could assign is
 *       greater. A CAS unique that the cache assigns after a restore is greater than every restored one, and than any that the process may
 *       have assigned between the save and a crash.
 * </ul>
 *
 * <p>A change of the format needs a new version in {@code SnapshotFormat}; the reader keeps reading every released version, of which the
 * tests keep a file. The magic, the version, and the position of the header's CRC remain. A new version needs another marker of blocks if
 * their layout changes: the version of a file whose headers are damaged is not known.
 */
@NullMarked
package io.github.embeddedmemcached.internal.snapshot;

import org.jspecify.annotations.NullMarked;
