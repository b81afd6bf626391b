/**
 * Stores the hashes of recently evicted keys (ghosts).
 *
 * <p>To change the eviction policy, change {@code internal.engine.Reclaimer}, which moves and drops items.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
