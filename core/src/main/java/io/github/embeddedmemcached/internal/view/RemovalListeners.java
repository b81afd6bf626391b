package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.Removal;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.RemovalListener;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecipient;
import io.github.embeddedmemcached.internal.engine.removal.RemovalRecord;
import io.github.embeddedmemcached.internal.engine.removal.Removals;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The removal listeners of a cache. Thread-safe. */
public final class RemovalListeners implements RemovalRecipient {
    private final CacheEngine engine;
    private final Function<RemovalRecord, Removal> copies;
    private volatile List<Registration> registrations = List.of(); // replaced under the monitor of this

    /**
     * Creates the listeners of a cache, which has none.
     *
     * @param copies copies a removal for the listeners
     */
    public RemovalListeners(CacheEngine engine, Function<RemovalRecord, Removal> copies) {
        this.engine = engine;
        this.copies = copies;
    }

    /** Adds a listener of some causes, or of all causes if there are none. Without an executor, it is called at once. */
    public void add(RemovalListener listener, @Nullable Executor executor, RemovalCause... causes) {
        Objects.requireNonNull(listener, "listener");
        int bits = 0;
        for (RemovalCause cause : causes.length == 0 ? RemovalCause.values() : causes) {
            bits |= Removals.bit(cause);
        }
        Registration added =
                executor == null ? new Registration(listener, bits) : new QueuedRegistration(listener, bits, executor);
        synchronized (this) {
            List<Registration> all = new ArrayList<>(registrations);
            all.add(added);
            replace(all);
        }
    }

    /** Removes a listener, and drops the removals that are queued for it. */
    public synchronized void remove(RemovalListener listener) {
        List<Registration> all = new ArrayList<>(registrations);
        all.removeIf(each -> {
            if (each.listener != listener) {
                return false;
            }
            each.isRemoved = true;
            return true;
        });
        replace(all);
    }

    private void replace(List<Registration> all) {
        registrations = List.copyOf(all);
        engine.removals()
                .recipient(this, all.stream().mapToInt(each -> each.causes).reduce(0, (a, b) -> a | b));
    }

    @Override
    public void onRemoval(RemovalRecord removal) {
        Removal copy = null;
        for (Registration each : registrations) {
            if ((each.causes & Removals.bit(removal.cause())) != 0) {
                copy = copy == null ? copies.apply(removal) : copy;
                try {
                    each.deliver(copy);
                } catch (Throwable e) { // no memory, or no stack
                    engine.count(Statistic.REMOVALS_DROPPED);
                    each.log("A removal could not be reported to a listener.", e);
                }
            }
        }
    }

    /** A listener that is called by the thread that removed the item. */
    private static class Registration {
        final RemovalListener listener;
        final int causes;
        volatile boolean isRemoved;
        private volatile boolean hasLoggedException;

        Registration(RemovalListener listener, int causes) {
            this.listener = listener;
            this.causes = causes;
        }

        void deliver(Removal removal) {
            call(removal);
        }

        final void call(Removal removal) {
            if (isRemoved) {
                return;
            }
            try {
                listener.onRemoval(removal);
            } catch (Throwable e) {
                log("A removal listener threw an exception.", e);
            }
        }

        final void log(String event, Throwable exception) {
            if (!hasLoggedException) {
                hasLoggedException = true;
                try {
                    System.getLogger("io.github.embeddedmemcached")
                            .log(
                                    System.Logger.Level.WARNING,
                                    event + " Further exceptions of this listener are not logged.",
                                    exception);
                } catch (Throwable e) {
                    // The logger has failed too.
                }
            }
        }
    }

    /** A listener that is called by tasks of an executor. */
    private final class QueuedRegistration extends Registration {
        private final Executor executor;
        private final Queue<Removal> queue = new ArrayDeque<>(); // guarded by itself
        private boolean isScheduled; // guarded by the queue: a task is running, or was passed to the executor

        QueuedRegistration(RemovalListener listener, int causes, Executor executor) {
            super(listener, causes);
            this.executor = executor;
        }

        @Override
        void deliver(Removal removal) {
            synchronized (queue) {
                if (queue.size() == RemovalListener.QUEUE_LENGTH_MAX) {
                    engine.count(Statistic.REMOVALS_DROPPED);
                    return;
                }
                queue.add(removal);
                if (isScheduled) {
                    return;
                }
                isScheduled = true;
            }
            try {
                executor.execute(this::drain);
            } catch (Throwable e) {
                drop();
                log("The executor of a removal listener rejected a task.", e);
            }
        }

        /** Calls the listener for the queued removals. No monitor is held during the call. */
        private void drain() {
            for (Removal next = poll(); next != null; next = poll()) {
                call(next);
            }
        }

        private @Nullable Removal poll() {
            synchronized (queue) {
                Removal next = queue.poll();
                isScheduled = next != null;
                return next;
            }
        }

        private void drop() {
            while (poll() != null) {
                engine.count(Statistic.REMOVALS_DROPPED);
            }
        }
    }
}
