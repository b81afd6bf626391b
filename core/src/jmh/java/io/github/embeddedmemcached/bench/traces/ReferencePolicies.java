package io.github.embeddedmemcached.bench.traces;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Simulations of the least recently used policy and of the optimum, MIN (Belady 1966), which knows future requests. They account for
 * {@value #ITEM_OVERHEAD} bytes of each item besides its value, for the key and about the overhead of this cache.
 */
final class ReferencePolicies {
    static final int ITEM_OVERHEAD = 40;

    private static final int NEVER = Integer.MAX_VALUE;

    private ReferencePolicies() {}

    private static long bytesOf(KeyTrace trace, int request) {
        return (long) trace.size(request) + ITEM_OVERHEAD;
    }

    /** Returns which requests are hits if the least recently used items are evicted. */
    static BitSet lru(KeyTrace trace, long limitBytes) {
        BitSet hits = new BitSet(trace.requests());
        LinkedHashMap<Long, Long> items = new LinkedHashMap<>(16, 0.75f, true);
        long bytes = 0;
        for (int i = 0; i < trace.requests(); i++) {
            long key = trace.id(i);
            if (items.get(key) != null) {
                hits.set(i);
                continue;
            }
            items.put(key, bytesOf(trace, i));
            bytes += bytesOf(trace, i);
            for (Iterator<Long> eldest = items.values().iterator(); bytes > limitBytes; eldest.remove()) {
                bytes -= eldest.next();
            }
        }
        return hits;
    }

    /**
     * Returns which requests are hits if the item is evicted whose next request is farthest in the future, which is optimal for items
     * of equal sizes. If sizes differ, the distance is multiplied by the size: an approximation of the optimum, which is hard to compute.
     * Items that are not requested again are not stored.
     */
    static BitSet min(KeyTrace trace, long limitBytes) {
        int[] next = nextRequests(trace);
        BitSet hits = new BitSet(trace.requests());
        Map<Long, Integer> nextByKey = new HashMap<>();
        TreeMap<Integer, Integer>[] bySize =
                classes(); // next request to the request that stored the item, by powers of 2 of the size
        long bytes = 0;
        for (int i = 0; i < trace.requests(); i++) {
            long key = trace.id(i);
            long itemBytes = bytesOf(trace, i);
            TreeMap<Integer, Integer> ofSize = bySize[sizeClass(itemBytes)];
            if (nextByKey.remove(key) != null) {
                hits.set(i);
                ofSize.remove(i);
                bytes -= itemBytes;
            }
            if (next[i] == NEVER || itemBytes > limitBytes) {
                continue;
            }
            nextByKey.put(key, next[i]);
            ofSize.put(next[i], i);
            bytes += itemBytes;
            while (bytes > limitBytes) {
                int evicted = evict(bySize, trace, i);
                nextByKey.remove(trace.id(evicted));
                bytes -= bytesOf(trace, evicted);
            }
        }
        return hits;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static TreeMap<Integer, Integer>[] classes() {
        TreeMap<Integer, Integer>[] bySize = new TreeMap[Long.SIZE];
        for (int i = 0; i < bySize.length; i++) {
            bySize[i] = new TreeMap<>();
        }
        return bySize;
    }

    private static int sizeClass(long bytes) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(bytes);
    }

    /** Removes the item with the largest product of size and distance, and returns the request that stored it. */
    private static int evict(TreeMap<Integer, Integer>[] bySize, KeyTrace trace, int now) {
        TreeMap<Integer, Integer> best = bySize[0];
        double bestCost = -1;
        for (TreeMap<Integer, Integer> ofSize : bySize) {
            Map.Entry<Integer, Integer> farthest = ofSize.lastEntry();
            if (farthest != null) {
                double cost = (double) (farthest.getKey() - now) * bytesOf(trace, farthest.getValue());
                if (cost > bestCost) {
                    best = ofSize;
                    bestCost = cost;
                }
            }
        }
        return best.pollLastEntry().getValue();
    }

    /** Returns for each request that of the same key which follows it. */
    private static int[] nextRequests(KeyTrace trace) {
        int[] next = new int[trace.requests()];
        Map<Long, Integer> last = new HashMap<>();
        for (int i = trace.requests() - 1; i >= 0; i--) {
            Integer following = last.put(trace.id(i), i);
            next[i] = following == null ? NEVER : following;
        }
        return next;
    }
}
