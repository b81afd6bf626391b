/**
 * Decides which items are kept: counts the uses of keys, compares items by their uses and sizes, and adapts the rule to the requests by
 * shadow caches. When many keys were not seen recently, the access pattern has changed, and the items of the old one are evicted.
 *
 * <p>To change the eviction policy, change {@link Contest}, or {@code internal.engine.Reclaimer}, which moves and drops items.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
