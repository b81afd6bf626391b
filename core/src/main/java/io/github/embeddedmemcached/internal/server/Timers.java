package io.github.embeddedmemcached.internal.server;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The timers of an event loop's connections, in the order of their times, which are real time and not that of the server's clock. The
 * list is linked through the {@link Timer} that each connection has, so that no method allocates. Not thread-safe.
 */
final class Timers {
    /** The time at which one connection must be called, and its links in the list. */
    static final class Timer {
        private final Connection connection;
        private long nanos;
        private boolean isSet;
        private @Nullable Timer previous;
        private @Nullable Timer next;

        Timer(Connection connection) {
            this.connection = connection;
        }
    }

    /** The maximum delay: the times of two timers can be compared by subtraction although the clock overflows. */
    private static final long NANOS_MAX = Long.MAX_VALUE / 2;

    private @Nullable Timer first;
    private @Nullable Timer last;

    boolean isEmpty() {
        return first == null;
    }

    /** Sets or replaces a timer. Most timers are due later than all others, so the search begins at the end. */
    void set(Timer timer, long inNanos) {
        cancel(timer);
        timer.nanos = System.nanoTime() + Math.min(inNanos, NANOS_MAX);
        Timer before = last;
        while (before != null && before.nanos - timer.nanos > 0) {
            before = before.previous;
        }
        Timer after = before == null ? first : before.next;
        timer.previous = before;
        timer.next = after;
        if (before == null) {
            first = timer;
        } else {
            before.next = timer;
        }
        if (after == null) {
            last = timer;
        } else {
            after.previous = timer;
        }
        timer.isSet = true;
    }

    /** Cancels a timer if it is set. */
    void cancel(Timer timer) {
        if (!timer.isSet) {
            return;
        }
        if (timer.previous == null) {
            first = timer.next;
        } else {
            timer.previous.next = timer.next;
        }
        if (timer.next == null) {
            last = timer.previous;
        } else {
            timer.next.previous = timer.previous;
        }
        timer.previous = null;
        timer.next = null;
        timer.isSet = false;
    }

    /** Returns how long the loop may wait until the earliest timer, at most the given time; 0 for no limit, in both cases. */
    long timeoutMillis(long limitMillis) {
        Timer earliest = first;
        if (earliest == null) {
            return limitMillis;
        }
        long untilFirst = TimeUnit.NANOSECONDS.toMillis(Math.max(0, earliest.nanos - System.nanoTime())) + 1;
        return limitMillis == 0 ? untilFirst : Math.min(untilFirst, limitMillis);
    }

    /** Removes the earliest timer that is due and returns its connection; null if none is due. */
    @Nullable Connection nextDue() {
        Timer earliest = first;
        if (earliest == null || earliest.nanos - System.nanoTime() > 0) {
            return null;
        }
        cancel(earliest);
        return earliest.connection;
    }
}
