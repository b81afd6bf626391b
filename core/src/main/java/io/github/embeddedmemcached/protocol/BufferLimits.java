package io.github.embeddedmemcached.protocol;

/**
 * How many bytes all connections together may hold while requests are incomplete or clients do not read their replies.
 *
 * @param bytes input and replies together; 0 for a share of the heap
 * @param responseBytes replies alone; 0 for as much as both
 */
public record BufferLimits(long bytes, long responseBytes) {
    /** A share of the heap, whatever it is used for. */
    public static final BufferLimits DEFAULT = new BufferLimits(0, 0);
}
