/**
 * Reports evictions, and stores the ghosts of evicted keys.
 *
 * <p>The eviction policy itself is {@code Reclaimer} in the parent package, which moves and drops items.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.policy;

import org.jspecify.annotations.NullMarked;
