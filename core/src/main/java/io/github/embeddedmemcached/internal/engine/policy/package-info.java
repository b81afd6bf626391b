/**
 * Reports evictions, and stores the hashes of recently evicted keys (ghosts).
 *
 * <p>To change the eviction policy, change {@code internal.engine.Reclaimer}, which moves and drops items. To report another property of an
 * evicted item, add it to the records of {@link EvictionEvents} and to the parameters of {@code cache.EvictionListener}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
