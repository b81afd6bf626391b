/**
 * Measures elapsed time, and converts exptimes to moments of it.
 *
 * <p>{@link io.github.embeddedmemcached.internal.engine.time.SystemTime} is the only class that reads the system clock.
 *
 * <p>To change how an exptime is interpreted, change {@link CacheClock}; to support another kind of clock, implement {@code
 * cache.ElapsedTimeSource} and select the implementation in {@link SystemTime#elapsingAs}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.time;

import org.jspecify.annotations.NullMarked;
