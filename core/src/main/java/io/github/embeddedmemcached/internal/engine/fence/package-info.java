/**
 * Detects changes of items that are being loaded, so that a loaded value does not replace a newer one.
 *
 * <p>To make another change of an item take precedence over a load, call {@code breakFences} of {@link
 * io.github.embeddedmemcached.internal.engine.fence.LoadFences} where the change is made, under the lock of its partition.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.fence;

import org.jspecify.annotations.NullMarked;
