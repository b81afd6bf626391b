package io.github.embeddedmemcached.internal.loading;

/**
 * How long loaded values live, when they are refreshed, and what counts the gets of a view.
 *
 * @param millisToLive the time to live of a value whose loader chooses none; 0 if it never expires
 * @param refreshAfterMillis the age from which an item is refreshed by the executor while it is still served, less than its time to live; 0
 *     if it is not, so that only stale items are refreshed, by the caller that is chosen to do it. An item has no age of its own: it is
 *     refreshed when its remaining time to live is less than {@code millisToLive - refreshAfterMillis}, also if another client has stored it
 *     or has set its time to live. A value whose loader chooses a time to live that is not longer than that is not refreshed; it expires.
 * @param leaseMillis the time after which a refresh that has not ended may be taken over by another caller, at least 1
 * @param counters counts the gets and the calls of loaders
 */
public record LoadPolicy(long millisToLive, long refreshAfterMillis, long leaseMillis, ViewCounters counters) {
    /** The default of {@code leaseMillis}. */
    public static final long LEASE_MILLIS_DEFAULT = 30_000;

    public LoadPolicy {
        if (millisToLive < 0) {
            throw new IllegalArgumentException("the time to live must be positive, not " + millisToLive + " ms");
        }
        if (refreshAfterMillis < 0) {
            throw new IllegalArgumentException(
                    "the time after which items are refreshed must be positive, not " + refreshAfterMillis + " ms");
        }
        if (refreshAfterMillis != 0 && refreshAfterMillis >= millisToLive) {
            throw new IllegalArgumentException("items that live for "
                    + (millisToLive == 0 ? "an unlimited time" : millisToLive + " ms") + " cannot be refreshed after "
                    + refreshAfterMillis + " ms: the time to live must be longer");
        }
        if (leaseMillis < 1) {
            throw new IllegalArgumentException(
                    "the time after which a refresh is taken over must be at least 1 ms, not " + leaseMillis);
        }
    }

    /** Returns a policy by which items are not refreshed before they expire, and stale ones are refreshed by the caller. */
    public static LoadPolicy of(long millisToLive) {
        return new LoadPolicy(millisToLive, 0, LEASE_MILLIS_DEFAULT, ViewCounters.NONE);
    }

    /** Returns this policy with asynchronous refreshes after a time. */
    public LoadPolicy refreshAfter(long millis) {
        return new LoadPolicy(millisToLive, millis, leaseMillis, counters);
    }

    /** Returns this policy with another {@code leaseMillis}; for tests. */
    LoadPolicy lease(long millis) {
        return new LoadPolicy(millisToLive, refreshAfterMillis, millis, counters);
    }

    /** Returns this policy with the counters of a view. */
    public LoadPolicy countedBy(ViewCounters viewCounters) {
        return new LoadPolicy(millisToLive, refreshAfterMillis, leaseMillis, viewCounters);
    }

    /** Returns whether a get returns the old value while the executor refreshes the item. */
    boolean isAsynchronous() {
        return refreshAfterMillis != 0;
    }

    /** Returns the remaining time to live below which an item is refreshed; 0 if it is not. */
    long recacheMillis() {
        return refreshAfterMillis == 0 ? 0 : millisToLive - refreshAfterMillis;
    }
}
