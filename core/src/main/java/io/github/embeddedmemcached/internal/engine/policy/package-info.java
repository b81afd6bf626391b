/**
 * Decides what is evicted: estimates of how often keys are used, hashes of recently evicted keys, and shadow caches that choose the rule.
 *
 * <p>To change the eviction policy, change {@code internal.engine.Reclaimer}, which moves and drops items.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
