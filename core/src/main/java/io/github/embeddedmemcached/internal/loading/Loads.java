package io.github.embeddedmemcached.internal.loading;

import io.github.embeddedmemcached.cache.CacheLoadException;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.LoadOperations;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.loading.Load.Outcome;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Loads the items of one cache on demand, and refreshes them. The rules:
 *
 * <p><b>Load once.</b> Of several callers that miss a key, one calls its loader; the others wait for the value. A caller that begins after the
 * item was changed does not wait for a load that began before the change, but loads again. An asynchronous load that no thread has begun yet is
 * run by the first thread that waits for it, with the loader that was passed for it, so that a pool of one thread cannot wait for itself. A
 * placeholder that a client created in order to fill it ({@code mg} with the flag N) is a miss.
 *
 * <p><b>Failures.</b> If the loader throws an exception, all callers of this load get the same {@link CacheLoadException}, whose cause is that
 * exception. An Error is rethrown by the thread that called the loader, and is the cause of the CacheLoadException that all other callers get.
 * After an InterruptedException the thread that called the loader is interrupted again. A value null is returned to all callers and not stored;
 * if it is the result of a refresh, the item is removed. A failure of a load is not remembered: the next get loads again.
 *
 * <p><b>Interruption.</b> A thread that is interrupted while it waits gets a CacheLoadException whose cause is the InterruptedException, and is
 * interrupted again. The load continues.
 *
 * <p><b>Loaders that use the cache.</b> A loader may load other keys to any depth. If it requests the key that it loads, or a key whose load
 * waits for its own through any number of threads, that request is rejected with an IllegalStateException that names the keys. The join of a
 * future is not a wait in this sense.
 *
 * <p><b>Changes during a load.</b> If the item is stored, deleted, incremented, decremented or marked as stale between the begin and the end of a
 * load, by whichever client, or if the cache is flushed, reset or cleared, the loaded value is returned and not stored. Eviction, expiry and
 * touch are not changes, and the value replaces a placeholder. While a key is loaded for the first time, other clients find no item. A value that
 * is too large, or for which there is no memory, is returned as well; an item that it was to replace is kept.
 *
 * <p><b>Refresh.</b> An item is due for a refresh if it was marked as stale by a client, or if its remaining time to live is short, see {@link
 * LoadPolicy}. One client is chosen to refresh it, which may be a client that uses meta commands; until it has done so, all other clients and
 * callers get the old value without waiting. If a caller is chosen, a synchronous refresh returns the new value, or the old one if its loader
 * throws an exception and the item still exists; an asynchronous one returns the old value, and runs in the executor. After a failure, which
 * includes a rejection by the executor and a value that could not be stored, the old value is served until it expires, and the next get tries
 * again after 1 s, 2 s, 4 s and so on up to 60 s; clients that use meta commands may be chosen at once. An expired item is a miss: its callers
 * wait for the refresh that is running.
 *
 * <p><b>Lease.</b> A refresh that has not ended after {@link LoadPolicy#leaseMillis} is taken over by the next get, and so is the refresh of
 * another client, from the first get that found it chosen. A refresh that was taken over stores nothing, and its callers get the outcome of the
 * new one if that is earlier. A client that waits for a refresh of an expired item takes it over itself. The times when refreshes failed, or
 * other clients were found chosen, are kept for up to 10,000 keys. A synchronous or asynchronous load has no lease.
 *
 * <p><b>Close.</b> Callers that wait get an IllegalStateException at once, as do the futures of loads. A loader that is running is not
 * interrupted; its value is returned to the thread that called it, and not stored.
 *
 * <p>Values that are returned belong to the caller. Times are those of the cache's clock, except for the duration of loads. No lock and no
 * monitor is held while code of the application runs, or while a thread waits. Thread-safe.
 */
public final class Loads implements AutoCloseable {
    private final CacheEngine engine;
    private final LoadOperations operations;
    private final Executor refresher;
    private final UnaryOperator<StoreResult> dropIfClosed;
    private final @Nullable LongSupplier nanoTime; // null: System.nanoTime
    private final System.@Nullable Logger
            logger; // null: obtained on use, because that takes as long as much of the start
    private final ConcurrentMap<ByteBuffer, Load> running = new ConcurrentHashMap<>();
    private final WaitGraph waits = new WaitGraph();
    private final RefreshTimes refreshTimes = new RefreshTimes();
    private volatile boolean closed;

    /**
     * Creates the loads of a cache.
     *
     * @param engine the cache
     * @param refresher executes asynchronous refreshes
     * @param dropIfClosed called after each store; drops all items again if the cache has dropped them in order to close
     */
    public Loads(CacheEngine engine, Executor refresher, UnaryOperator<StoreResult> dropIfClosed) {
        this(engine, refresher, dropIfClosed, null, null);
    }

    /**
     * Creates the loads of a cache.
     *
     * @param engine the cache
     * @param refresher executes asynchronous refreshes
     * @param dropIfClosed see the other constructor
     * @param nanoTime measures the duration of loads; null for {@link System#nanoTime}
     * @param logger records failures of refreshes; null for that of the library
     */
    Loads(
            CacheEngine engine,
            Executor refresher,
            UnaryOperator<StoreResult> dropIfClosed,
            @Nullable LongSupplier nanoTime,
            System.@Nullable Logger logger) {
        this.engine = engine;
        operations = new LoadOperations(engine);
        this.refresher = refresher;
        this.dropIfClosed = dropIfClosed;
        this.nanoTime = nanoTime;
        this.logger = logger;
    }

    /**
     * What to do for a key.
     *
     * @param value the value to return if there is no load
     * @param load the load that was created, or that is to be waited for; null if there is none
     * @param isNew whether it was created
     * @param hasOld whether there is an old value that is served meanwhile
     */
    private record Decision(
            byte @Nullable [] value, @Nullable Load load, boolean isNew, boolean hasOld) {}

    /**
     * Gets a value, and loads it if there is none.
     *
     * @param key 1 to the maximum number of bytes
     * @param policy the time to live, and when the item is refreshed
     * @param action loads the value; called without locks; may use the cache, and load other keys
     * @return the value; null if the loader returned null
     * @throws CacheLoadException if the value could not be loaded
     * @throws IllegalStateException if a load would wait for itself, or if the cache is closed
     */
    public byte @Nullable [] get(byte[] key, LoadPolicy policy, Callable<@Nullable LoadedValue> action) {
        byte[] value = freshValue(key, policy);
        return value != null ? value : getOrLoad(key, policy, bulk(action));
    }

    private byte @Nullable [] freshValue(byte[] key, LoadPolicy policy) {
        byte[] value = operations.freshValue(key, policy.recacheMillis());
        if (value != null) {
            policy.counters().countGet(true);
        }
        return value;
    }

    private boolean lookUp(byte[] key, ItemView view, LoadPolicy policy) {
        boolean found = operations.get(key, view);
        policy.counters().countGet(found && !view.isPlaceholder());
        return found;
    }

    private byte @Nullable [] getOrLoad(byte[] key, LoadPolicy policy, BulkLoadAction action) {
        ItemView view = new ItemView();
        boolean found = lookUp(key, view, policy);
        while (true) {
            LoadTask loads = task(policy, action);
            loads.claim();
            LoadTask refreshes = policy.isAsynchronous() ? task(policy, action) : loads;
            Decision decision = decide(key, policy, view, found, loads, refreshes);
            Load load = decision.load;
            if (load == null) {
                return decision.value;
            }
            if (!decision.isNew) {
                Outcome outcome = await(load, policy);
                if (outcome != null) {
                    return outcome.get();
                }
            } else if (load.task() == loads) {
                loads.runClaimed();
                Outcome outcome = result(load, decision.hasOld);
                if (outcome != null) {
                    return outcome.get();
                }
            } else {
                execute(refreshes, refresher);
                return staleHit(decision.value);
            }
            found = operations.peek(key, view); // the load was taken over, or is to be taken over
        }
    }

    /**
     * Gets a value, and loads it by an executor if there is none.
     *
     * @param key 1 to the maximum number of bytes
     * @param policy the time to live, and when the item is refreshed
     * @param action loads the value; called without locks; may use the cache, and load other keys
     * @param executor executes the load; and a refresh, unless refreshes are asynchronous by the policy
     * @return a new future of the value, null if the loader returned null. It is completed exceptionally as {@link #get} throws exceptions;
     *     with the {@link CacheLoadException} itself, which join and get wrap. Cancelling it does not cancel the load.
     * @throws IllegalStateException if the current thread runs a loader of this key, or if the cache is closed
     */
    public CompletableFuture<byte @Nullable []> getAsync(
            byte[] key, LoadPolicy policy, Callable<@Nullable LoadedValue> action, Executor executor) {
        byte[] value = freshValue(key, policy);
        if (value != null) {
            return CompletableFuture.completedFuture(value);
        }
        ItemView view = new ItemView();
        boolean found = lookUp(key, view, policy);
        LoadTask task = task(policy, bulk(action));
        Decision decision = decide(key, policy, view, found, task, task);
        Load load = decision.load;
        if (load == null) {
            return CompletableFuture.completedFuture(decision.value);
        }
        if (!decision.isNew) {
            if (load.task().runner() == Thread.currentThread()) {
                waits.begin(load); // throws an exception, unless the load has ended
                waits.end();
            }
            return load.newFuture();
        }
        boolean isAsynchronous = decision.hasOld && policy.isAsynchronous();
        CompletableFuture<byte @Nullable []> future =
                isAsynchronous ? CompletableFuture.completedFuture(staleHit(decision.value)) : load.newFuture();
        execute(task, isAsynchronous ? refresher : executor);
        return decision.hasOld && !isAsynchronous ? withOld(future, key) : future;
    }

    /** Returns a future that is completed with the old value if the refresh fails and the item still exists. */
    private CompletableFuture<byte @Nullable []> withOld(CompletableFuture<byte @Nullable []> refreshed, byte[] key) {
        byte[] copy = key.clone();
        CompletableFuture<byte @Nullable []> result = new CompletableFuture<>();
        refreshed.whenComplete((value, failure) -> {
            try {
                byte[] old = failure == null || failure.getCause() instanceof Error ? null : currentValue(copy);
                if (failure == null || old != null) {
                    result.complete(failure == null ? value : staleHit(old));
                } else {
                    result.completeExceptionally(failure);
                }
            } catch (RuntimeException e) { // of the clock
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    /**
     * Gets several values, and loads those that are missing by one call, except for those that other threads are loading.
     *
     * @param keys may contain a key more than once
     * @param policy the time to live, and when the items are refreshed, by the same call of the loader
     * @param action loads the values
     * @return the value of each key, in the order of the keys; null for a key for which the loader returned null
     * @throws CacheLoadException if values could not be loaded; those that other calls of loaders have loaded are stored nevertheless
     * @throws IllegalStateException if a load would wait for itself, or if the cache is closed
     */
    public byte[] @Nullable [] getAll(List<byte[]> keys, LoadPolicy policy, BulkLoadAction action) {
        byte[] @Nullable [] values = new byte[keys.size()] @Nullable [];
        @Nullable Decision[] decisions = new @Nullable Decision[keys.size()];
        LoadTask loads = task(policy, action);
        loads.claim();
        try {
            ItemView view = new ItemView();
            LookupBatch batch = new LookupBatch(engine);
            for (int i = 0; i < values.length; i++) {
                if (i % LookupBatch.KEYS_MAX == 0) {
                    prefetch(batch, keys, i);
                }
                byte[] key = keys.get(i);
                values[i] = freshValue(key, policy);
                if (values[i] == null) {
                    Decision decision = decide(key, policy, view, lookUp(key, view, policy), loads, loads);
                    decisions[i] = decision;
                    values[i] = decision.value;
                }
            }
            if (!loads.isEmpty()) {
                loads.runClaimed();
            }
        } catch (Throwable e) {
            loads.abort(e); // does nothing after its end
            throw e;
        }
        for (int i = 0; i < values.length; i++) {
            Decision decision = decisions[i];
            Load load = decision == null ? null : decision.load;
            if (decision != null && load != null) {
                Outcome outcome = load.task() == loads ? result(load, decision.hasOld) : await(load, policy);
                values[i] = outcome == null ? getOrLoad(keys.get(i), policy, action) : outcome.get();
            }
        }
        return values;
    }

    /** Prefetches the items of as many keys as a batch holds. */
    private static void prefetch(LookupBatch batch, List<byte[]> keys, int from) {
        int to = Math.min(keys.size(), from + LookupBatch.KEYS_MAX);
        for (byte[] key : keys.subList(from, to)) {
            batch.add(key, 0, key.length);
        }
        batch.prefetch();
    }

    /**
     * Lets the running loads of the keys that begin with a prefix store nothing, as if their items had been changed: a view is cleared.
     *
     * @param prefix the first bytes of the keys
     */
    public void invalidate(byte[] prefix) {
        for (Load load : running.values()) {
            byte[] key = load.key;
            if (key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
                operations.invalidate(key);
            }
        }
    }

    /** Forgets when refreshes failed: the cache was reset. The engine lets the running loads store nothing. */
    public void reset() {
        refreshTimes.clear();
    }

    /** Releases all waiting callers, see the description of the class. Idempotent. */
    @Override
    public void close() {
        closed = true; // first: later loads are rejected, or are found here
        for (Load load : running.values()) {
            close(load);
        }
        refreshTimes.clear();
    }

    private void close(Load load) {
        load.task().cancel(closedException());
        load.end(new Outcome(null, closedException()));
        remove(load);
        load.completeFuture();
    }

    static IllegalStateException closedException() {
        return new IllegalStateException("the cache has been closed: build a new one");
    }

    // Decisions

    /** Decides what to do for a key whose item was looked up. A new load is added to one of the tasks, depending on whether there is an old value. */
    private Decision decide(
            byte[] key, LoadPolicy policy, ItemView view, boolean isFound, LoadTask loads, LoadTask refreshes) {
        boolean found = isFound;
        while (true) {
            byte[] old = found ? view.storedValue() : null;
            if (old != null && !view.isDue(policy.recacheMillis())) {
                return new Decision(old, null, false, true);
            }
            long now = operations.now();
            Load other = running.get(ByteBuffer.wrap(key));
            boolean isValid = other != null && !other.fence().isBroken();
            boolean isOverdue = isValid && other != null && other.isOverdue(now, policy.leaseMillis());
            if (isValid && !isOverdue) {
                return old != null
                        ? new Decision(staleHit(old), null, false, true)
                        : new Decision(null, other, false, false);
            }
            if (old != null && !isOverdue && !refreshTimes.allowRefresh(key, view, now, policy.leaseMillis())) {
                return new Decision(staleHit(old), null, false, true);
            }
            LoadTask task = old == null ? loads : refreshes;
            boolean takesOver = isOverdue || view.isBeingRenewed();
            Load load = new Load(task, key.clone(), old != null, takesOver, isOverdue ? other : null, now);
            if (publish(load, other)) {
                return new Decision(old, load, true, old != null);
            }
            found = operations.peek(key, view);
        }
    }

    /** Makes a load known to all threads in place of another one; false if they know a different one. */
    private boolean publish(Load load, @Nullable Load other) {
        ByteBuffer key = ByteBuffer.wrap(load.key);
        load.task().add(load);
        boolean published = other == null ? running.putIfAbsent(key, load) == null : running.replace(key, other, load);
        if (!published) {
            load.task().removeLast();
        }
        if (closed) {
            close(load);
            throw closedException();
        }
        return published;
    }

    private byte @Nullable [] staleHit(byte @Nullable [] old) {
        operations.count(Statistic.STALE_HITS);
        return old;
    }

    /** Returns the result of a load that the current thread has run, or the old value if it failed; null if another load has taken it over. */
    private @Nullable Outcome result(Load load, boolean hasOld) {
        Outcome result = load.result();
        byte[] old = hasOld && result != null && result.failure() != null ? currentValue(load.key) : null;
        return old == null ? result : new Outcome(staleHit(old), null);
    }

    private byte @Nullable [] currentValue(byte[] key) {
        ItemView view = new ItemView();
        return operations.peek(key, view) ? view.storedValue() : null;
    }

    private void execute(LoadTask task, Executor executor) {
        task.queue();
        try {
            executor.execute(task);
        } catch (RuntimeException e) { // also if the executor violates its contract: the load must end
            task.cancel(new CacheLoadException(task.message(), e));
        }
    }

    /** Waits for a load of another thread, or runs it if no thread does. Returns null if it was taken over, or is a refresh that is overdue. */
    private @Nullable Outcome await(Load load, LoadPolicy policy) {
        while (true) {
            if (load.task().tryRun()) {
                return load.result();
            }
            Outcome outcome = await(load, load.task().isAssembling() ? 1 : policy.leaseMillis());
            if (outcome != null) {
                return outcome;
            }
            if (load.isOverdue(operations.now(), policy.leaseMillis())) {
                return null;
            }
        }
    }

    private @Nullable Outcome await(Load load, long millis) {
        waits.begin(load);
        try {
            return load.await(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CacheLoadException(
                    "the thread was interrupted while it waited for the load of " + load.name(), e);
        } finally {
            waits.end();
        }
    }

    // For tasks

    LoadTask task(LoadPolicy policy, BulkLoadAction action) {
        return new LoadTask(this, operations, policy, action);
    }

    private static BulkLoadAction bulk(Callable<@Nullable LoadedValue> action) {
        return keys -> new @Nullable LoadedValue[] {action.call()};
    }

    long nanoTime() {
        return nanoTime == null ? System.nanoTime() : nanoTime.getAsLong();
    }

    RefreshTimes refreshTimes() {
        return refreshTimes;
    }

    boolean isClosed() {
        return closed;
    }

    /** Drops the item of a store that was concurrent with the end of the cache; not before, because its items are saved first. */
    StoreResult dropIfClosed(StoreResult stored) {
        return dropIfClosed.apply(stored);
    }

    /** Returns whether no other load has taken over, or has replaced, a load that has not ended. */
    boolean isCurrent(Load load) {
        return running.get(ByteBuffer.wrap(load.key)) == load;
    }

    /** Lets some time pass before the key is refreshed again. */
    void recordRefreshFailure(Load load) {
        long now;
        try {
            now = operations.now();
        } catch (RuntimeException e) {
            now = load.createdMillis(); // the clock has failed
        }
        refreshTimes.recordFailure(load.key, now);
    }

    void logRefreshFailure(RuntimeException failure) {
        try {
            (logger == null ? System.getLogger("io.github.embeddedmemcached") : logger)
                    .log(
                            System.Logger.Level.DEBUG,
                            "a refresh failed, and the old value is served until it expires: " + failure.getMessage(),
                            failure);
        } catch (RuntimeException e) {
            // the loads have ended: their callers get the old values
        }
    }

    void remove(Load load) {
        running.remove(ByteBuffer.wrap(load.key), load);
    }

    int runningCount() {
        return running.size();
    }

    int waitingCount() {
        return waits.size();
    }
}
