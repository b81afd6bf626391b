/**
 * The implementation of the operations of {@link io.github.embeddedmemcached.cache.CacheOperations}: conversion of keys and values, calls
 * of loaders, iteration and atomic changes.
 *
 * <p>CacheCore: what a cache and its views share. KeyValueCodec: the conversion of a view. KeyBatches: operations on many keys. Loading,
 * Computation, Iteration: the operations that need more than one call of the engine. ClearedPrefixes: the views that are being cleared.
 * RemovalListeners: calls of listeners. CacheServers: closes the servers of a cache before its items are dropped. Engines: gives other packages the engine of a cache.
 *
 * <p>To add an operation, add a method to {@code CacheOperations} for caches and views, or to {@code TypedCache} for views only; an
 * operation of several steps gets a class here.
 */
@NullMarked
package io.github.embeddedmemcached.internal.view;

import org.jspecify.annotations.NullMarked;
