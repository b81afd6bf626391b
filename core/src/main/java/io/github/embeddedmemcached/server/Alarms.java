package io.github.embeddedmemcached.server;

import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** When the connections of a loop want to be called that wait for a moment, in real time. */
final class Alarms {
    private record Alarm(long nanos, Connection connection) implements Comparable<Alarm> {
        @Override
        public int compareTo(Alarm other) {
            return Long.signum(nanos - other.nanos); // nanoTime may overflow
        }
    }

    /** No alarm is set for later, so that two of them can be compared. */
    private static final long NANOS_MAX = Long.MAX_VALUE / 2;

    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();

    boolean areSet() {
        return !alarms.isEmpty();
    }

    /** Sets one. */
    void set(Connection connection, long inNanos) {
        alarms.add(new Alarm(System.nanoTime() + Math.min(inNanos, NANOS_MAX), connection));
    }

    /** Takes back what a connection has set. */
    void cancel(Connection connection) {
        alarms.removeIf(alarm -> alarm.connection == connection);
    }

    /** How long the loop may wait at most, if it would wait so long otherwise; 0 is for ever. */
    long timeoutMillis(long otherwiseMillis) {
        Alarm first = alarms.peek();
        if (first == null) {
            return otherwiseMillis;
        }
        long untilFirst = TimeUnit.NANOSECONDS.toMillis(Math.max(0, first.nanos - System.nanoTime())) + 1;
        return otherwiseMillis == 0 ? untilFirst : Math.min(untilFirst, otherwiseMillis);
    }

    /** Takes the next one whose time has come; null: there is none. */
    @Nullable Connection nextDue() {
        Alarm first = alarms.peek();
        if (first == null || first.nanos - System.nanoTime() > 0) {
            return null;
        }
        alarms.remove();
        return first.connection;
    }
}
