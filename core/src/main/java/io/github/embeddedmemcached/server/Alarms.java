package io.github.embeddedmemcached.server;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of an event loop that wait for a moment in real time, in the order of their moments. Linked through an {@link Alarm}
 * that each of them has, so that nothing here allocates. Not thread-safe.
 */
final class Alarms {
    /** When one connection wants to be called. */
    static final class Alarm {
        private final Connection connection;
        private long nanos;
        private boolean isSet;
        private @Nullable Alarm previous;
        private @Nullable Alarm next;

        Alarm(Connection connection) {
            this.connection = connection;
        }
    }

    /** No alarm is set for later, so that two of them can be compared although the clock overflows. */
    private static final long NANOS_MAX = Long.MAX_VALUE / 2;

    private @Nullable Alarm first;
    private @Nullable Alarm last;

    boolean areSet() {
        return first != null;
    }

    /** Sets an alarm, again if it is set already. Most are set for later than all others, so the search begins at the last. */
    void set(Alarm alarm, long inNanos) {
        cancel(alarm);
        alarm.nanos = System.nanoTime() + Math.min(inNanos, NANOS_MAX);
        Alarm before = last;
        while (before != null && before.nanos - alarm.nanos > 0) {
            before = before.previous;
        }
        Alarm after = before == null ? first : before.next;
        alarm.previous = before;
        alarm.next = after;
        if (before == null) {
            first = alarm;
        } else {
            before.next = alarm;
        }
        if (after == null) {
            last = alarm;
        } else {
            after.previous = alarm;
        }
        alarm.isSet = true;
    }

    /** Cancels an alarm if it is set. */
    void cancel(Alarm alarm) {
        if (!alarm.isSet) {
            return;
        }
        if (alarm.previous == null) {
            first = alarm.next;
        } else {
            alarm.previous.next = alarm.next;
        }
        if (alarm.next == null) {
            last = alarm.previous;
        } else {
            alarm.next.previous = alarm.previous;
        }
        alarm.previous = null;
        alarm.next = null;
        alarm.isSet = false;
    }

    /** How long the loop may wait at most, if it would wait so long otherwise; 0 is for ever. */
    long timeoutMillis(long otherwiseMillis) {
        Alarm earliest = first;
        if (earliest == null) {
            return otherwiseMillis;
        }
        long untilFirst = TimeUnit.NANOSECONDS.toMillis(Math.max(0, earliest.nanos - System.nanoTime())) + 1;
        return otherwiseMillis == 0 ? untilFirst : Math.min(untilFirst, otherwiseMillis);
    }

    /** Takes the next one whose time has come; null: there is none. */
    @Nullable Connection nextDue() {
        Alarm earliest = first;
        if (earliest == null || earliest.nanos - System.nanoTime() > 0) {
            return null;
        }
        cancel(earliest);
        return earliest.connection;
    }
}
