/**
 * Measures elapsed time, and converts exptimes to moments of it.
 *
 * <p>{@link io.github.embeddedmemcached.internal.engine.time.SystemTime} is the only class that reads the system clock.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.time;

import org.jspecify.annotations.NullMarked;
