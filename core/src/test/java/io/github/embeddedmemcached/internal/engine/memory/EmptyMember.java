package io.github.embeddedmemcached.internal.engine.memory;

/** A member of an account that has no memory to release; for tests of a part of a cache. */
public final class EmptyMember implements HeapAccount.Member {
    @Override
    public boolean releaseMemory() {
        return false;
    }

    @Override
    public void reportRemovals(Object transferLock) {
        // There are none.
    }
}
