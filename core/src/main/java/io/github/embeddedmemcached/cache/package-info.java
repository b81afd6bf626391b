/**
 * The in-process cache for applications: items with exptime, CAS unique, eviction and statistics.
 *
 * <p>Start with {@link io.github.embeddedmemcached.cache.Cache#builder}. To add a setting, add a method to {@link
 * io.github.embeddedmemcached.cache.CacheBuilder} and a component to {@code internal.engine.EngineSettings}; to add a counter, add a
 * constant to {@link io.github.embeddedmemcached.cache.Statistic} and increment it in {@code internal.engine}, which stores the
 * items. The operations on typed keys and values are in {@code internal.view}.
 *
 * <p>Messages are logged by the {@link System.Logger} named {@code io.github.embeddedmemcached}, the only one of this library:
 *
 * <ul>
 *   <li>{@code WARNING}: the heap allows less than a memory limit, or the caches have exhausted their share of it (unless {@link
 *       io.github.embeddedmemcached.cache.CacheBuilder#onWarning} is set); a save that failed and a damaged file; the first
 *       exception of a listener; an MBean that could not be registered or unregistered.
 *   <li>{@code DEBUG}: a cache or server has a name, but the module {@code java.management} is not present; a refresh
 *       failed; a restored value could not be decoded.
 * </ul>
 */
@NullMarked
package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.NullMarked;
