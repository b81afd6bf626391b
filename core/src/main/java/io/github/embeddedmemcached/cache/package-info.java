/**
 * The in-process cache for applications: items with exptime, CAS unique, eviction and statistics.
 *
 * <p>Start with {@link io.github.embeddedmemcached.cache.Cache#builder}. To add a setting, extend {@link
 * io.github.embeddedmemcached.cache.CacheBuilder}; to add a counter, extend {@link io.github.embeddedmemcached.cache.Statistic}. The
 * implementation is in {@code internal.engine}.
 */
@NullMarked
package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.NullMarked;
