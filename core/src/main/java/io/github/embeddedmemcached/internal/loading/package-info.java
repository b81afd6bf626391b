/**
 * Loads items that are not in the cache, once for all threads that request them, and refreshes items before they expire.
 *
 * <p>{@link io.github.embeddedmemcached.internal.loading.Loads}: the operations, and the rules that they follow. LoadTask: one call of a
 * loader. Load: the load of one key. WaitGraph: detects loaders that wait for each other. RefreshTimes: when a refresh may be tried again.
 *
 * <p>To add an operation, add a method to Loads that decides for each key what to do. To change when an item is refreshed, change {@link
 * io.github.embeddedmemcached.internal.loading.LoadPolicy} and RefreshTimes; to change which changes of an item take precedence over its load,
 * see the package {@code internal.engine.fence}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.loading;

import org.jspecify.annotations.NullMarked;
