package io.github.embeddedmemcached.cache;

import java.util.concurrent.Executor;

/**
 * A listener that is called for each item that was removed from a cache, see {@link Cache#addRemovalListener(RemovalListener,
 * RemovalCause...)}, whichever in-process operation or client of a server caused it. An item that the cache moves in its memory is not
 * removed. Every item that was stored is reported once, or is still in the cache, with three exceptions: {@link Cache#close} and
 * {@link Cache#reset} report nothing; an error in the middle of a change ({@link Statistic#PARTITION_RESETS}) reports nothing; and a removal
 * is not reported if the JVM has no memory to record it.
 *
 * <p>Without an executor, a listener is called by the thread whose operation removed the item, after the removal and before that operation
 * returns. No part of the cache is locked during the call, so a listener may use the cache. Removals that it causes are reported after it
 * has returned. Several threads may call it at the same time. While the items of a flush are reported, their memory is not
 * available to the JVM, although the cache no longer counts it.
 *
 * <p>With an {@link Executor}, tasks call the listener. At most one task of a listener runs at a time, and removals keep their order. Up
 * to {@value #QUEUE_LENGTH_MAX} removals are queued for it; others are dropped and counted in {@link Statistic#REMOVALS_DROPPED}, as are
 * those in the queue if the executor rejects the task.
 *
 * <p>Neither an operation nor another listener fails if a listener throws: the first exception of a listener is logged, to the {@link
 * System.Logger} named {@code io.github.embeddedmemcached}, and the listener is called for the next item.
 */
@FunctionalInterface
public interface RemovalListener {
    /** The largest number of removals that are queued for a listener that has an executor. */
    int QUEUE_LENGTH_MAX = 10_000;

    /**
     * Reports a removal.
     *
     * @param removal the removed item, and the cause
     */
    void onRemoval(Removal removal);
}
