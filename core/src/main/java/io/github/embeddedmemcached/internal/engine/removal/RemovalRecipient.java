package io.github.embeddedmemcached.internal.engine.removal;

/** Receives removals, without any lock held. */
@FunctionalInterface
public interface RemovalRecipient {
    /**
     * Reports a removal.
     *
     * @param removal valid only during this call
     */
    void onRemoval(RemovalRecord removal);
}
