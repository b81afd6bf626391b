package io.github.embeddedmemcached.cache;

/** A partition's account of memory: what it may take and what it has taken. Guarded by the partition's lock. */
final class Memory {
    private long limitBytes;
    private long usedBytes;

    Memory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    long limitBytes() {
        return limitBytes;
    }

    /** Sets another limit, of which more may be in use at first. */
    void limit(long bytes) {
        limitBytes = bytes;
    }

    long usedBytes() {
        return usedBytes;
    }

    /** Takes some memory if that leaves at least so much free; otherwise takes nothing and returns false. */
    boolean take(long bytes, long leaveBytes) {
        if (usedBytes + bytes + leaveBytes > limitBytes) {
            return false;
        }
        usedBytes += bytes;
        return true;
    }

    /** Whether more is in use than the limit allows, since it was lowered. */
    boolean isOverdrawn() {
        return usedBytes > limitBytes;
    }

    void give(long bytes) {
        usedBytes -= bytes;
    }
}
