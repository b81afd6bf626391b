/**
 * Events for the JDK Flight Recorder: bursts of evictions, loads, saves and restores of a cache, and connections whose clients do not read.
 *
 * <p>{@code FlightEvents} emits all events. It has no type of the module jdk.jfr in its signatures, so that the library also works in a
 * run-time image without the module. The event classes are loaded when the first event of their kind occurs.
 *
 * <p>To add an event, add a class like {@code EvictionBurstEvent} and a method of {@code FlightEvents}, and name it in README's section
 * "Monitoring".
 */
@NullMarked
package io.github.embeddedmemcached.internal.jfr;

import org.jspecify.annotations.NullMarked;
