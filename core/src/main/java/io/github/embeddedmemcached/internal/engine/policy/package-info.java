/**
 * Decides which items are kept: counts the uses of keys, and compares items by their uses and sizes.
 *
 * <p>To change the eviction policy, change {@link Contest}, or {@code internal.engine.Reclaimer}, which moves and drops items.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
