package io.github.embeddedmemcached.internal.watch;

import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.wire.LogLine;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The watchers of a server. Writes log lines to them and counts the lines. Thread-safe. */
public final class Watchers {
    /** The maximum number of watchers, as in memcached. */
    static final int WATCHERS_MAX = 20;

    private static final int ALL_KINDS = (1 << WatchKind.values().length) - 1;
    private static final int NANOS_PER_MICRO = 1000;

    private final ObserverFlags observerFlags;
    private final InstantSource clock;
    private final ConnectionMemory memory;
    private volatile List<Watcher> watchers = List.of(); // immutable list; replaced under the lock of this

    private final AtomicLong linesBegun = new AtomicLong();
    private final LongAdder linesWritten = new LongAdder();
    private final LongAdder linesSent = new LongAdder();
    private final LongAdder linesSkipped = new LongAdder();

    public Watchers(ObserverFlags observerFlags, InstantSource clock, ConnectionMemory memory) {
        this.observerFlags = observerFlags;
        this.clock = clock;
        this.memory = memory;
    }

    /** Adds a watcher. Returns null if {@link #WATCHERS_MAX} is reached. */
    public synchronized @Nullable Watcher add(int kinds, Runnable wakeUp) {
        List<Watcher> all = open();
        if (all.size() == WATCHERS_MAX) {
            return null;
        }
        Watcher watcher = new Watcher(kinds, wakeUp, memory);
        all.add(watcher);
        replace(all);
        return watcher;
    }

    public synchronized void remove(Watcher watcher) {
        watcher.close(); // first: if replacing the list fails for lack of memory, the next call removes the watcher
        replace(open());
    }

    /** Returns a copy of the list, without closed watchers. */
    private List<Watcher> open() {
        List<Watcher> open = new ArrayList<>();
        for (Watcher watcher : watchers) {
            if (!watcher.isClosed()) {
                open.add(watcher);
            }
        }
        return open;
    }

    private void replace(List<Watcher> all) {
        int kinds = 0;
        for (Watcher watcher : all) {
            kinds |= watcher.kinds;
        }
        watchers = List.copyOf(all); // the last statement that can fail
        observerFlags.set(ALL_KINDS, kinds);
    }

    /** Returns whether a watcher has subscribed to the kind. */
    public boolean isWatched(WatchKind kind) {
        return observerFlags.has(kind.bit());
    }

    /** Begins a line with the time and the sequence number. */
    public LogLine begin() {
        Instant now = clock.instant();
        return new LogLine()
                .text("ts=")
                .number(now.getEpochSecond())
                .text(".")
                .number(now.getNano() / NANOS_PER_MICRO) // without padding, as in memcached
                .text(" gid=")
                .number(linesBegun.incrementAndGet());
    }

    /** Writes a complete line to the watchers that have subscribed to its kind. */
    public void write(WatchKind kind, LogLine line) {
        linesWritten.increment();
        for (Watcher watcher : watchers) {
            if ((watcher.kinds & kind.bit()) != 0) {
                (watcher.offer(line.bytes(), line.length()) ? linesSent : linesSkipped).increment();
            }
        }
    }

    public void resetStatistics() {
        linesWritten.reset();
        linesSent.reset();
        linesSkipped.reset();
    }

    public int count() {
        return watchers.size();
    }

    public long linesWritten() {
        return linesWritten.sum();
    }

    public long linesSent() {
        return linesSent.sum();
    }

    public long linesSkipped() {
        return linesSkipped.sum();
    }
}
