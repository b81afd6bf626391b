package io.github.embeddedmemcached.internal.engine.fence;

import org.jspecify.annotations.Nullable;

/**
 * Stands for one load of an item. It is intact from the moment at which it is {@linkplain LoadFences#add added} until the item is changed,
 * another load of the item begins, or its own load ends. A fence is used for one load. Thread-safe.
 */
public final class LoadFence {
    // Guarded by the lock of the partition, except for reads of isBroken.
    private volatile boolean broken;
    long hash;

    @Nullable LoadFence next;

    /** Creates a fence that is intact and not added. */
    public LoadFence() {}

    /**
     * Returns whether the load has ended, or the item was changed. In both cases a later change of the item cannot be detected, so the loaded
     * value must not be returned to a get that begins now. A broken fence remains broken.
     */
    public boolean isBroken() {
        return broken;
    }

    /** Breaks the fence, which is not or no longer in a table; under the lock of the partition. */
    public void breakFence() {
        broken = true;
    }
}
