/**
 * Locks a partition, and keeps it consistent when an error interrupts a change.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.lock;

import org.jspecify.annotations.NullMarked;
