/**
 * Counts events of a cache and of its items, in total and by memcached's slab classes.
 *
 * <p>To add a counter, add a constant to {@link io.github.embeddedmemcached.cache.Statistic} and increment it in the engine, where the
 * event occurs.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.statistics;

import org.jspecify.annotations.NullMarked;
