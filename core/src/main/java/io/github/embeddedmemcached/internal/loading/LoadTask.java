package io.github.embeddedmemcached.internal.loading;

import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.LoadOperations;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import io.github.embeddedmemcached.internal.loading.Load.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One call of a loader, for one key or several. The thread that runs it begins the loads in the engine, calls the loader, stores the values,
 * and ends the loads in all cases.
 *
 * <pre>
 * ASSEMBLING -> QUEUED -> RUNNING      of an executor, or of the first thread that needs a value
 *      |           +----> CANCELLED    rejected by the executor, or closed
 *      +----------------> RUNNING      of the thread that created the task
 * </pre>
 */
final class LoadTask implements Runnable {
    private enum State {
        ASSEMBLING,
        QUEUED,
        RUNNING,
        CANCELLED
    }

    private final Loads owner;
    private final LoadOperations operations;
    private final LoadPolicy policy;
    private final BulkLoadAction action;
    private final List<Load> loads = new ArrayList<>(1); // of the thread that runs the task
    private final AtomicReference<State> state = new AtomicReference<>(State.ASSEMBLING);
    private volatile @Nullable Thread runner;
    private boolean hasRun; // written and read by the thread that claimed the task

    LoadTask(Loads owner, LoadOperations operations, LoadPolicy policy, BulkLoadAction action) {
        this.owner = owner;
        this.operations = operations;
        this.policy = policy;
        this.action = action;
    }

    /** Adds a load while the task is being assembled. */
    void add(Load load) {
        loads.add(load);
    }

    /** Removes the last load that was added. */
    void removeLast() {
        loads.remove(loads.size() - 1);
    }

    boolean isEmpty() {
        return loads.isEmpty();
    }

    boolean isAssembling() {
        return state.get() == State.ASSEMBLING;
    }

    /** Returns the thread that runs the task, also after its end; null if it has not begun. */
    @Nullable Thread runner() {
        return runner;
    }

    /** Assigns the task to the current thread, which then assembles and {@linkplain #runClaimed runs} it. */
    void claim() {
        runner = Thread.currentThread();
        state.set(State.RUNNING);
    }

    /** Lets any thread run the assembled task. */
    void queue() {
        state.set(State.QUEUED);
    }

    @Override
    public void run() {
        tryRun();
    }

    /** Runs the task unless a thread does so already, or it was cancelled. Returns whether the current thread ran it. */
    boolean tryRun() {
        boolean claimed = state.compareAndSet(State.QUEUED, State.RUNNING);
        if (claimed) {
            runner = Thread.currentThread();
            runClaimed();
        }
        return claimed;
    }

    /** Ends a task that is queued. */
    void cancel(RuntimeException reason) {
        if (state.compareAndSet(State.QUEUED, State.CANCELLED)) {
            end(reason);
        }
    }

    /** Ends a task that the current thread has claimed and could not assemble. Does nothing after it has run. */
    void abort(Throwable reason) {
        if (!hasRun) {
            end(new CacheLoadException(message(), reason));
        }
    }

    /**
     * Runs a task that the current thread has claimed. Afterwards each load has a {@linkplain Load#result result}, unless another
     * load has taken it over before.
     *
     * @throws Error if the loader throws it
     */
    void runClaimed() {
        hasRun = true;
        if (owner.isClosed()) {
            end(Loads.closedException());
            return;
        }
        Throwable failure = null;
        try {
            List<Load> begun = new ArrayList<>(loads.size());
            for (Load load : loads) {
                begin(load, begun);
            }
            if (!begun.isEmpty()) {
                store(begun, callLoader(begun));
            }
        } catch (Throwable e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            failure = e;
        }
        end(failure == null ? null : new CacheLoadException(message(), failure));
        if (failure instanceof Error error) {
            throw error;
        }
    }

    /** Begins a load in the engine. If the item was stored or renewed meanwhile, its value is the result. */
    private void begin(Load load, List<Load> begun) {
        ItemUpdate request = new ItemUpdate()
                .key(load.key, 0, load.key.length)
                .recacheMillis(policy.recacheMillis(), load.takesOver);
        ItemView view = new ItemView();
        while (load.result() == null && owner.isCurrent(load)) {
            boolean found = operations.begin(request, load.fence(), view);
            if (!found || view.hasWon()) {
                load.isRefresh(found);
                begun.add(load);
                return;
            }
            byte[] value = view.value();
            if (value != null) {
                load.result(new Outcome(value, null));
            } else {
                load.renewFence(); // the item no longer exists
            }
        }
    }

    private @Nullable LoadedValue[] callLoader(List<Load> begun) throws Exception {
        List<byte[]> keys = begun.stream().map(load -> load.key).toList();
        boolean succeeded = false;
        Object event = FlightEvents.beginLoad();
        long started = owner.nanoTime();
        try {
            @Nullable LoadedValue[] values = action.loadAll(keys);
            if (values.length != keys.size()) {
                throw new IllegalStateException(
                        "the loader returned " + values.length + " values for " + keys.size() + " keys");
            }
            succeeded = true;
            return values;
        } finally {
            long nanos = owner.nanoTime() - started;
            operations.countLoad(nanos, !succeeded);
            policy.counters().countLoad(nanos, !succeeded);
            FlightEvents.commitLoad(event, operations.cacheName(), !succeeded);
        }
    }

    private void store(List<Load> begun, @Nullable LoadedValue[] values) {
        for (int i = 0; i < values.length; i++) {
            Load load = begun.get(i);
            LoadedValue value = values[i];
            if (owner.isClosed()) {
                operations.abandon(load.key, load.fence());
            } else if (store(load, value)) {
                owner.refreshTimes().remove(load.key);
                if (load.isRefresh()) {
                    operations.count(Statistic.REFRESHES);
                }
            } else if (load.isRefresh()) {
                operations.count(Statistic.REFRESH_FAILURES);
                owner.recordRefreshFailure(load);
            }
            load.result(new Outcome(value == null ? null : value.bytes().clone(), null));
        }
    }

    /** Ends a load in the engine. Returns false if the value is too large, or if there is no memory for it. */
    private boolean store(Load load, @Nullable LoadedValue value) {
        ItemUpdate update = new ItemUpdate().key(load.key, 0, load.key.length);
        if (value != null) {
            StoreResult result = owner.dropIfClosed(operations.store(describe(update, value), load.fence()));
            return result != StoreResult.TOO_LARGE && result != StoreResult.OUT_OF_MEMORY;
        }
        if (load.isRefresh()) {
            operations.delete(update, load.fence());
        } else {
            operations.abandon(load.key, load.fence());
        }
        return true;
    }

    private ItemUpdate describe(ItemUpdate update, LoadedValue value) {
        update.value(value.bytes(), 0, value.bytes().length).flags(value.flags());
        long millisToLive = value.millisToLive() == LoadedValue.DEFAULT ? policy.millisToLive() : value.millisToLive();
        if (millisToLive > 0) {
            update.timeToLive(millisToLive);
            if (millisToLive <= policy.recacheMillis()) {
                update.neverRecache();
            }
        }
        return update;
    }

    /** Ends all loads; those without a result have failed. The threads that wait are released before any code of the application runs. */
    private void end(@Nullable RuntimeException failure) {
        boolean refreshFailed = false;
        for (Load load : loads) {
            Outcome result = load.result();
            if (result == null && failure != null) {
                refreshFailed |= load.isRefresh();
                fail(load, failure);
            }
            owner.remove(load);
        }
        for (Load load : loads) {
            Outcome result = load.result();
            if (result != null) {
                load.end(result);
            }
        }
        loads.forEach(Load::completeFuture);
        if (failure != null && refreshFailed && !owner.isClosed()) {
            owner.logRefreshFailure(failure);
        }
    }

    private void fail(Load load, RuntimeException failure) {
        load.result(new Outcome(null, failure));
        if (load.isRefresh() && !owner.isClosed()) {
            operations.count(Statistic.REFRESH_FAILURES);
            if (!load.fence().isBroken()) { // otherwise the item was changed meanwhile
                owner.recordRefreshFailure(load);
            }
        }
        try {
            operations.abandon(load.key, load.fence());
        } catch (RuntimeException
                | Error e) { // the partition cannot be locked: the lease of a refresh ends the renewal
            failure.addSuppressed(e);
        }
    }

    /** Returns a description of a failure that names the keys. */
    String message() {
        String names = loads.stream().limit(3).map(Load::name).collect(Collectors.joining(", "));
        int others = loads.size() - 3;
        return "loading " + names + (others > 0 ? " and " + others + " other keys" : "") + " failed";
    }
}
