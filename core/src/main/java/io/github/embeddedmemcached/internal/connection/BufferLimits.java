package io.github.embeddedmemcached.internal.connection;

/**
 * The maximum memory of all connections together for incomplete requests and unread replies.
 *
 * @param bytes input and replies together; 0 for a fraction of the heap
 * @param responseBytes replies alone; 0 for the same limit as both
 */
public record BufferLimits(long bytes, long responseBytes) {
    /** A fraction of the heap, without a separate limit for replies. */
    public static final BufferLimits DEFAULT = new BufferLimits(0, 0);
}
