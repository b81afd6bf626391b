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
 * @param saveEvery the interval of saves while the cache is in use; zero for none
 * @param saveAtShutdown whether the cache is saved when the JVM shuts down
 */
public record PersistenceSettings(
        @Nullable Path restoreFrom, @Nullable Path persistTo, Duration saveEvery, boolean saveAtShutdown) {
    /** Nothing is restored or saved. */
    public static final PersistenceSettings NONE = new PersistenceSettings(null, null, Duration.ofMinutes(5), false);

    private static final Duration SAVE_EVERY_MIN = Duration.ofMillis(1);
    private static final Duration SAVE_EVERY_MAX = Duration.ofDays(365);

    public PersistenceSettings restoreFrom(Path file) {
        return new PersistenceSettings(checked(file), persistTo, saveEvery, saveAtShutdown);
    }

    public PersistenceSettings persistTo(Path file) {
        return new PersistenceSettings(restoreFrom, checked(file), saveEvery, saveAtShutdown);
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

    public PersistenceSettings saveAtShutdown(boolean enabled) {
        return new PersistenceSettings(restoreFrom, persistTo, saveEvery, enabled);
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
