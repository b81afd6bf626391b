/**
 * Writes statistics and key dumps to a sink, which the text and the binary protocol implement.
 *
 * <p>To add a statistic, add a line to {@link StatsReport}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.stats;

import org.jspecify.annotations.NullMarked;
