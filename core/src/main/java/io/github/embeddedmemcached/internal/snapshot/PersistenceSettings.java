package io.github.embeddedmemcached.internal.snapshot;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and when a cache is saved.
 *
 * @param restoreFrom the file to restore when the cache is built, which must exist; null for none
 * @param persistTo the file to restore if it exists, and to save to; null for none
 * @param requestedInterval the interval of saves while the cache is in use; zero for none, null for the default
 * @param saveAtShutdown whether the cache is saved when the JVM shuts down
 */
public record PersistenceSettings(
        @Nullable Path restoreFrom,
        @Nullable Path persistTo,
        @Nullable Duration requestedInterval,
        boolean saveAtShutdown) {
    /** Nothing is restored or saved. */
    public static final PersistenceSettings NONE = new PersistenceSettings(null, null, null, false);

    private static final Duration SAVE_EVERY_DEFAULT = Duration.ofMinutes(5);
    private static final Duration SAVE_EVERY_MIN = Duration.ofMillis(1);
    private static final Duration SAVE_EVERY_MAX = Duration.ofDays(365);

    public PersistenceSettings restoreFrom(Path file) {
        return new PersistenceSettings(checked(file), persistTo, requestedInterval, saveAtShutdown);
    }

    public PersistenceSettings persistTo(Path file) {
        return new PersistenceSettings(restoreFrom, checked(file), requestedInterval, saveAtShutdown);
    }

    public PersistenceSettings saveEvery(Duration interval) {
        boolean isValid =
                interval.isZero() || interval.compareTo(SAVE_EVERY_MIN) >= 0 && interval.compareTo(SAVE_EVERY_MAX) <= 0;
        if (!isValid) {
            throw new IllegalArgumentException(
                    "the interval of saves must be 1 millisecond to 365 days, or zero for none: " + interval);
        }
        return new PersistenceSettings(restoreFrom, persistTo, interval, saveAtShutdown);
    }

    /** Returns the interval of saves, zero for none. */
    Duration saveEvery() {
        return requestedInterval == null ? SAVE_EVERY_DEFAULT : requestedInterval;
    }

    public PersistenceSettings saveAtShutdown(boolean enabled) {
        return new PersistenceSettings(restoreFrom, persistTo, requestedInterval, enabled);
    }

    /**
     * Checks the combination of the settings.
     *
     * @throws IllegalStateException if the cache is to be saved periodically or at shutdown without a file
     */
    void check() {
        if (persistTo == null && saveAtShutdown) {
            throw new IllegalStateException("saveAtShutdown needs a file: call persistTo");
        }
        if (persistTo == null && requestedInterval != null && !requestedInterval.isZero()) {
            throw new IllegalStateException("saveEvery needs a file: call persistTo");
        }
    }

    /**
     * Checks that a file can be saved to.
     *
     * @throws IllegalArgumentException if it is not in the default file system
     */
    static Path checked(Path file) {
        if (file.getFileSystem() != FileSystems.getDefault() || file.getFileName() == null) {
            throw new IllegalArgumentException("a cache is saved to a file of the default file system, not to " + file);
        }
        return file.toAbsolutePath();
    }
}
