/**
 * Writes statistics and key dumps to a sink, which the text and the binary protocol implement.
 *
 * <p>To add a line to {@code stats} or {@code stats settings}, add it to {@link StatsReport}; to {@code stats items} or {@code stats slabs},
 * add it to {@link SlabStatistics}. To add a counter, add it to {@code cache.Statistic} if it counts operations on items, to {@code
 * internal.connection.ServerCounters} if it counts events of connections, or to {@code internal.session.ClassCounters} if it counts
 * other events by slab class.
 */
@NullMarked
package io.github.embeddedmemcached.internal.stats;

import org.jspecify.annotations.NullMarked;
