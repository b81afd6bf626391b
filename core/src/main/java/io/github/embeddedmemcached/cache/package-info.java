/**
 * The in-process cache for applications: items with exptime, CAS unique, eviction and statistics.
 *
 * <p>Start with {@link io.github.embeddedmemcached.cache.Cache#builder}. To add a setting, add a method to {@link
 * io.github.embeddedmemcached.cache.CacheBuilder} and a component to {@code internal.engine.EngineSettings}; to add a counter, add a
 * constant to {@link io.github.embeddedmemcached.cache.Statistic} and increment it in {@code internal.engine}, which is the
 * implementation.
 */
@NullMarked
package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.NullMarked;
