/**
 * Records removed items under the lock of their partition, and reports them after it is released: to the application's listeners
 * ({@code cache.RemovalListener}) and to the servers that share the cache.
 *
 * <p>RemovalRecorder records removals in RemovalEvents; FlushedItems are the items of a flush, which are not copied. Removals calls the
 * recipients. To report another property of a removed item, add a field to {@link
 * io.github.embeddedmemcached.internal.engine.removal.RemovalRecord} and an accessor to {@code cache.Removal}. To report another cause, add
 * a constant to {@code cache.RemovalCause} and pass it to RemovalRecorder where the item is removed.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.removal;

import org.jspecify.annotations.NullMarked;
