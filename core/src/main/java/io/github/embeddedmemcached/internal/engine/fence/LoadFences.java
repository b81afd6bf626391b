package io.github.embeddedmemcached.internal.engine.fence;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The intact fences of the items of a partition that are being loaded: a hash table of lists that are linked by the fences themselves, so that
 * adding one allocates nothing but, at times, the table. Two items with the same hash share their fences, so a change of one of them breaks the
 * fence of the other: its loaded value is then not stored. Guarded by the partition's lock.
 */
public final class LoadFences {
    private static final int LENGTH_MIN = 16;
    private static final int LENGTH_MAX = 1 << 20;
    private static final @Nullable LoadFence[] NONE = {};

    private @Nullable LoadFence[] lists = NONE; // the length is 0 or a power of two
    private int count;

    /** Creates an empty table. */
    public LoadFences() {}

    /**
     * Makes space for one more fence.
     *
     * @throws OutOfMemoryError if there is none; then nothing was changed
     */
    public void prepareToAdd() {
        if (lists.length == 0) {
            lists = new @Nullable LoadFence[LENGTH_MIN];
        } else if (count >= lists.length && lists.length < LENGTH_MAX) {
            grow();
        }
    }

    private void grow() {
        @Nullable LoadFence[] old = lists;
        lists = new @Nullable LoadFence[2 * old.length];
        for (LoadFence list : old) {
            for (LoadFence fence = list; fence != null; ) {
                LoadFence next = fence.next;
                link(fence);
                fence = next;
            }
        }
    }

    /** Adds a fence for a key, and breaks those of earlier loads of the key. Requires {@link #prepareToAdd}. */
    public void add(LoadFence fence, long hash) {
        breakFences(hash);
        fence.hash = hash;
        link(fence);
        count++;
    }

    private void link(LoadFence fence) {
        int index = index(fence.hash);
        fence.next = lists[index];
        lists[index] = fence;
    }

    /** Removes a fence at the end of its load. Returns whether it was intact; true without a fence. */
    public boolean remove(@Nullable LoadFence fence) {
        if (fence == null) {
            return true;
        }
        if (fence.isBroken() || count == 0) {
            return false;
        }
        int index = index(fence.hash);
        LoadFence previous = null;
        for (LoadFence other = lists[index]; other != null; other = other.next) {
            if (other == fence) {
                unlink(index, previous, fence);
                fence.breakFence();
                return true;
            }
            previous = other;
        }
        return false;
    }

    /** Breaks the fences of a key whose item is changed. */
    public void breakFences(long hash) {
        if (count != 0) {
            breakAll(hash);
        }
    }

    private void breakAll(long hash) {
        int index = index(hash);
        LoadFence previous = null;
        for (LoadFence fence = lists[index]; fence != null; ) {
            LoadFence next = fence.next;
            if (fence.hash == hash) {
                fence.breakFence();
                unlink(index, previous, fence);
            } else {
                previous = fence;
            }
            fence = next;
        }
    }

    /** Breaks all fences: all items are dropped. */
    public void breakAll() {
        if (count != 0) {
            for (LoadFence list : lists) {
                for (LoadFence fence = list; fence != null; fence = fence.next) {
                    fence.breakFence();
                }
            }
            clear();
        }
    }

    private void unlink(int index, @Nullable LoadFence previous, LoadFence fence) {
        if (previous == null) {
            lists[index] = fence.next;
        } else {
            previous.next = fence.next;
        }
        fence.next = null;
        if (--count == 0) {
            clear();
        }
    }

    /** Releases a large table. The list of the last fences may still be read. */
    private void clear() {
        count = 0;
        if (lists.length > LENGTH_MIN) {
            lists = NONE;
        } else {
            Arrays.fill(lists, null);
        }
    }

    /** Returns the number of intact fences. */
    public int count() {
        return count;
    }

    private int index(long hash) {
        return (int) hash & lists.length - 1;
    }
}
