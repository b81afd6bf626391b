/**
 * Locks a partition, and keeps it consistent when an error interrupts a change.
 *
 * <p>To change how threads wait for the lock, change {@code SpinLock}; to add something that is done when the lock is acquired or released,
 * change {@link PartitionLock}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.lock;

import org.jspecify.annotations.NullMarked;
