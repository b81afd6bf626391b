package io.github.embeddedmemcached.protocol;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The clients of a server that watch, and what they are told. Thread-safe. */
final class Watchers {
    /** memcached's number. */
    static final int WATCHERS_MAX = 20;

    private static final int ALL_KINDS = (1 << WatchKind.values().length) - 1;
    private static final int NANOS_PER_MICRO = 1000;

    private final Demand demand;
    private final InstantSource clock;
    private final ConnectionMemory memory;
    private volatile List<Watcher> watchers = List.of(); // replaced under the lock of this

    private final AtomicLong linesBegun = new AtomicLong();
    private final LongAdder linesWritten = new LongAdder();
    private final LongAdder linesSent = new LongAdder();
    private final LongAdder linesSkipped = new LongAdder();

    Watchers(Demand demand, InstantSource clock, ConnectionMemory memory) {
        this.demand = demand;
        this.clock = clock;
        this.memory = memory;
    }

    /** Adds one; null: there are too many. */
    synchronized @Nullable Watcher add(int kinds, Runnable wakeUp) {
        List<Watcher> more = open();
        if (more.size() == WATCHERS_MAX) {
            return null;
        }
        Watcher watcher = new Watcher(kinds, wakeUp, memory);
        more.add(watcher);
        replace(more);
        return watcher;
    }

    synchronized void remove(Watcher watcher) {
        watcher.close(); // first: if there is no memory for the rest, the next call does it
        replace(open());
    }

    private List<Watcher> open() {
        List<Watcher> open = new ArrayList<>(watchers);
        open.removeIf(Watcher::isClosed);
        return open;
    }

    private void replace(List<Watcher> all) {
        int kinds = 0;
        for (Watcher watcher : all) {
            kinds |= watcher.kinds;
        }
        watchers = List.copyOf(all); // the last step that may fail
        demand.set(ALL_KINDS, kinds);
    }

    boolean watch(WatchKind kind) {
        return demand.has(kind.bit());
    }

    /** Begins a line: when, and the how many-th it is. */
    LogLine begin() {
        Instant now = clock.instant();
        return new LogLine()
                .text("ts=")
                .number(now.getEpochSecond())
                .text(".")
                .number(now.getNano() / NANOS_PER_MICRO) // not padded: memcached's own
                .text(" gid=")
                .number(linesBegun.incrementAndGet());
    }

    /** Tells a complete line to all who watch its kind. */
    void tell(WatchKind kind, LogLine line) {
        linesWritten.increment();
        for (Watcher watcher : watchers) {
            if ((watcher.kinds & kind.bit()) != 0) {
                (watcher.offer(line.bytes(), line.length()) ? linesSent : linesSkipped).increment();
            }
        }
    }

    void resetStatistics() {
        linesWritten.reset();
        linesSent.reset();
        linesSkipped.reset();
    }

    int count() {
        return watchers.size();
    }

    long linesWritten() {
        return linesWritten.sum();
    }

    long linesSent() {
        return linesSent.sum();
    }

    long linesSkipped() {
        return linesSkipped.sum();
    }
}
