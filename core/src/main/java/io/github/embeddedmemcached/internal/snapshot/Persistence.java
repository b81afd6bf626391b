package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.cache.SaveResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.Snapshots;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Restores a cache when it is built, and saves it: on request, periodically, at the JVM's shutdown, and when it is closed. Thread-safe.
 */
public final class Persistence implements AutoCloseable {
    private final CacheEngine engine;
    private final Snapshots snapshots;
    private final PersistenceSettings settings;
    private final Consumer<String> warnings;
    private final @Nullable Storage storage; // null except in tests

    /** Warnings that are passed on when the lock has been released, because their consumer may save or close the cache. */
    private final Queue<String> pendingWarnings = new ConcurrentLinkedQueue<>();

    /** The threads that are executing the consumer of warnings. */
    private final Set<Thread> warningThreads = ConcurrentHashMap.newKeySet();

    /** Held during a save and while this is closed. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable LockFile lockFile; // guarded by lock
    private @Nullable SaveTimer timer; // guarded by lock
    private @Nullable Thread shutdownHook; // guarded by lock
    private boolean isClosed; // guarded by lock
    private long savedChangeCount; // guarded by lock
    private volatile @Nullable SaveResult lastSave;
    private volatile @Nullable RestoreResult restored;
    private volatile @Nullable Runnable preparation;

    private Persistence(
            CacheEngine engine, PersistenceSettings settings, Consumer<String> warnings, @Nullable Storage storage) {
        this.engine = engine;
        this.settings = settings;
        this.warnings = warnings;
        this.storage = storage;
        snapshots = engine.snapshots();
    }

    /**
     * Restores an empty cache from the file in the settings, if there is one, and starts the saves that they specify.
     *
     * @param warnings receives failures and losses, while no lock is held; an exception that it throws is logged
     * @throws UncheckedIOException if a file cannot be restored or saved to, with a sentence for the user
     * @throws IllegalStateException if the cache is to be saved periodically or at shutdown without a file
     */
    public static Persistence open(CacheEngine engine, PersistenceSettings settings, Consumer<String> warnings) {
        return open(engine, settings, warnings, null);
    }

    static Persistence open(
            CacheEngine engine, PersistenceSettings settings, Consumer<String> warnings, @Nullable Storage storage) {
        Persistence persistence = new Persistence(engine, settings, warnings, storage);
        settings.check();
        persistence.open();
        return persistence;
    }

    private void open() {
        boolean isOpen = false;
        lock.lock();
        try {
            Path file = settings.persistTo();
            if (file != null) {
                lockFile = lockFile(file);
            }
            Path source = file != null && Files.exists(file) ? file : settings.restoreFrom();
            if (source != null) {
                restore(source);
            }
            savedChangeCount = snapshots.changeCount();
            if (file != null) {
                Duration interval = settings.saveEvery();
                if (!interval.isZero()) {
                    timer = SaveTimer.start(this, interval);
                }
                if (settings.saveAtShutdown()) {
                    Thread hook = new Thread(null, this::saveQuietly, "embedded-memcached-shutdown-saver", 0, false);
                    Runtime.getRuntime().addShutdownHook(hook);
                    shutdownHook = hook;
                }
            }
            isOpen = true;
        } finally {
            if (!isOpen) {
                release();
                engine.clear();
            }
            unlock();
        }
    }

    /** Releases the lock, and passes on the warnings unless the caller still holds it. */
    private void unlock() {
        lock.unlock();
        Thread current = Thread.currentThread();
        if (!lock.isHeldByCurrentThread() && !pendingWarnings.isEmpty() && warningThreads.add(current)) {
            try {
                for (String warning = pendingWarnings.poll(); warning != null; warning = pendingWarnings.poll()) {
                    passOn(warning);
                }
            } finally {
                warningThreads.remove(current);
            }
        }
    }

    /** Adds a warning to pass on. That of a save by the consumer itself is logged: it could call the consumer endlessly. */
    private void warn(String warning) {
        if (warningThreads.contains(Thread.currentThread())) {
            log(warning, null);
        } else {
            pendingWarnings.add(warning);
        }
    }

    private void passOn(String warning) {
        try {
            warnings.accept(warning);
        } catch (RuntimeException | Error e) {
            log("the consumer of warnings failed: " + warning, e);
        }
    }

    private static void log(String message, @Nullable Throwable reason) {
        System.getLogger("io.github.embeddedmemcached").log(System.Logger.Level.WARNING, message, reason);
    }

    private static LockFile lockFile(Path file) {
        try {
            return LockFile.of(file);
        } catch (FileSystemException e) {
            throw new UncheckedIOException("the cache cannot be saved to " + file + ": " + reason(file, e), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private void restore(Path source) {
        Object event = FlightEvents.beginRestore();
        RestoreResult result = null;
        try {
            result = SnapshotReader.restore(source, engine, Runtime.getRuntime().availableProcessors());
        } catch (FileNotFoundException e) {
            String problem = "the cache cannot be restored from " + source + ": "
                    + (Files.exists(source) ? "it cannot be read" : "it does not exist");
            throw new UncheckedIOException(problem, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        } finally {
            long items = result == null ? 0 : result.items();
            FlightEvents.commitFile(
                    event,
                    engine.name(),
                    source.toString(),
                    items,
                    source.toFile().length(),
                    result == null);
        }
        restored = result;
        snapshots.count(Statistic.ITEMS_RESTORED, result.items());
        snapshots.count(Statistic.BLOCKS_LOST, result.lostBlocks());
        if (result.lostBlocks() > 0) {
            warn("the file " + source + " is damaged: " + result.lostBlocks() + " blocks with at least "
                    + result.lostItems() + " items are lost, " + result.items() + " items have been restored");
        }
    }

    /** Sets an action that is executed before each save; it may remove items. */
    public void beforeSave(Runnable action) {
        preparation = action;
    }

    /** Returns the cache. */
    public CacheEngine engine() {
        return engine;
    }

    /** Returns the last successful save; null if there was none. */
    public @Nullable SaveResult lastSave() {
        return lastSave;
    }

    /** Returns what was restored when the cache was built; null if nothing was. */
    public @Nullable RestoreResult restored() {
        return restored;
    }

    /**
     * Saves the cache to any file. A thread that is interrupted completes the save, and remains interrupted.
     *
     * @throws IllegalStateException if the cache has been closed
     * @throws IOException if that fails, with a sentence for the user; the file, if it existed, is unchanged
     */
    public SaveResult saveTo(Path target) throws IOException {
        Path file = PersistenceSettings.checked(target);
        lock.lock();
        try {
            checkOpen();
            return save(file);
        } finally {
            unlock();
        }
    }

    /** Throws an exception if the items have been dropped, or will be without another save. */
    private void checkOpen() {
        if (isClosed) {
            throw new IllegalStateException("the cache has been closed");
        }
    }

    /**
     * Saves the cache to its file.
     *
     * @throws IllegalStateException if it has none, or is closed
     * @throws UncheckedIOException if that fails, with a sentence for the user
     */
    public void save() {
        Path file = settings.persistTo();
        lock.lock();
        try {
            checkOpen();
            if (file == null) {
                throw new IllegalStateException("the cache has no file: persistTo is not set");
            }
            save(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        } finally {
            unlock();
        }
    }

    private SaveResult save(Path file) throws IOException {
        Object event = FlightEvents.beginSave();
        long begin = System.nanoTime();
        boolean isDone = false;
        SnapshotWriter[] writer = new SnapshotWriter[1];
        try {
            Runnable prepare = preparation;
            if (prepare != null) {
                prepare.run();
            }
            long changeCount = snapshots.changeCount();
            long id = new SplittableRandom().nextLong();
            FileHeader header = new FileHeader(id, engine.clockSource().millis(), snapshots.lastCasUnique());
            (storage == null ? new Storage() : storage).write(file, output -> {
                writer[0] = new SnapshotWriter(snapshots, output, header);
                writer[0].write(Runtime.getRuntime().availableProcessors());
            });
            SaveResult result =
                    new SaveResult(writer[0].items(), writer[0].bytes(), Duration.ofNanos(System.nanoTime() - begin));
            isDone = true;
            lastSave = result;
            if (file.equals(settings.persistTo())) {
                savedChangeCount = changeCount;
            }
            return result;
        } catch (IOException e) {
            String problem = "the cache cannot be saved to " + file + ": " + reason(file, e);
            warn(problem);
            throw new IOException(problem, e);
        } catch (RuntimeException | Error e) {
            warn("the cache cannot be saved to " + file + ": " + e);
            throw e;
        } finally {
            snapshots.count(isDone ? Statistic.SAVES : Statistic.SAVES_FAILED, 1);
            long items = isDone ? writer[0].items() : 0;
            long bytes = isDone ? writer[0].bytes() : 0;
            FlightEvents.commitFile(event, engine.name(), file.toString(), items, bytes, !isDone);
        }
    }

    /** Saves the cache to its file. A failure is reported as a warning; an error is also thrown. */
    private void saveQuietly() {
        Path file = settings.persistTo();
        lock.lock();
        try {
            if (!isClosed && file != null) {
                save(file);
            }
        } catch (IOException | RuntimeException e) {
            // reported as a warning
        } finally {
            unlock();
        }
    }

    /** Saves the cache to its file if a command has changed it since the last save. */
    void saveIfChanged() {
        lock.lock();
        try {
            if (snapshots.changeCount() != savedChangeCount) {
                saveQuietly();
            }
        } finally {
            unlock();
        }
    }

    /**
     * Saves the cache to its file, if it has one, and releases the file. A failure is reported as a warning. An error, such as a lack of heap
     * memory, is also thrown, after the file was released. The caller drops the items afterwards. Idempotent: a second call waits for the
     * first one.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!isClosed) {
                try {
                    saveQuietly();
                } finally {
                    isClosed = true;
                    release();
                }
            }
        } finally {
            unlock();
        }
    }

    private void release() {
        if (timer != null) {
            timer.stop();
        }
        if (shutdownHook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(shutdownHook);
            } catch (IllegalStateException e) {
                // the JVM is shutting down
            }
        }
        if (lockFile != null) {
            try {
                lockFile.close();
            } catch (IOException e) {
                // the system has released the lock
            }
        }
    }

    private static String reason(Path file, IOException failure) {
        Path folder = file.getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            return "its directory does not exist";
        }
        if (failure instanceof NoSuchFileException) {
            return "a temporary file was removed";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        String detail = failure instanceof FileSystemException system ? system.getReason() : failure.getMessage();
        return detail == null || detail.isEmpty() ? failure.getClass().getSimpleName() : detail;
    }
}
