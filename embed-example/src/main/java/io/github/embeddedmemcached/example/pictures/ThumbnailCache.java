package io.github.embeddedmemcached.example.pictures;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheBuilder;
import io.github.embeddedmemcached.cache.CacheLoader;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.TypedCache;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The thumbnails of pictures, kept in memory within a limit, and in a file while the program does not run. Thread-safe. */
final class ThumbnailCache implements AutoCloseable {
    static final long LIMIT_BYTES = 128L << 20;

    private static final System.Logger LOGGER = System.getLogger(ThumbnailCache.class.getName());

    private final Cache cache;
    private final TypedCache<Photo, BufferedImage> thumbnails;

    /**
     * Restores the thumbnails. Takes time, so it should not be called in the event dispatch thread.
     *
     * @param file is created, with its folder
     * @param loader creates the thumbnail of a picture that has none
     */
    ThumbnailCache(Path file, CacheLoader<Photo, BufferedImage> loader) {
        cache = open(file);
        thumbnails = cache.typed(Codecs.utf8(Photo::key, Photo::ofKey), Images.PNG)
                .prefix("thumb:")
                .timeToLive(Duration.ofDays(30))
                .refreshAfter(Duration.ofDays(1))
                .loadingWith(loader);
    }

    /** Builds the cache; without the file if that cannot be used, for example because the program was started twice. */
    private static Cache open(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try {
                return persistent(file);
            } catch (UncheckedIOException e) {
                moveAside(file, e);
                return persistent(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOGGER.log(System.Logger.Level.WARNING, "The thumbnails will not be saved: " + e);
            return builder().build();
        }
    }

    private static Cache persistent(Path file) {
        return builder().persistTo(file).saveAtShutdown(true).build();
    }

    /** Renames a file that cannot be restored: it is no saved cache, or was saved by a later version. Leaves a file that is only in use. */
    private static void moveAside(Path file, UncheckedIOException failure) throws IOException {
        if (Files.exists(file) && !isReadable(file)) {
            Path renamed = file.resolveSibling(file.getFileName() + ".bad");
            Files.move(file, renamed, StandardCopyOption.REPLACE_EXISTING);
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "The file has been renamed to " + renamed + ": " + failure.getMessage());
        }
    }

    private static boolean isReadable(Path file) {
        try {
            builder().restoreFrom(file).build().close();
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private static CacheBuilder builder() {
        return Cache.builder().name("pictures").memoryLimitBytes(LIMIT_BYTES);
    }

    /**
     * Returns the thumbnail of a picture, and creates it if there is none. Takes time, like the constructor.
     *
     * @throws RuntimeException if the picture cannot be read
     */
    @Nullable BufferedImage get(Photo photo) {
        return thumbnails.get(photo);
    }

    CacheStatistics statistics() {
        return cache.statistics();
    }

    /** Saves the thumbnails. Takes time, like the constructor. */
    @Override
    public void close() {
        cache.close();
    }
}
