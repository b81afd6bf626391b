package io.github.embeddedmemcached.example.pictures;

import java.awt.EventQueue;
import java.awt.image.BufferedImage;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gets the thumbnails of all pictures of a wall from the cache, first those that are wanted at the moment. Used by the event dispatch
 * thread only, which chooses the next picture when a worker thread becomes free; so it needs no locks, and the order can change at any
 * time.
 */
final class ThumbnailLoader {
    private final Function<Photo, @Nullable BufferedImage> cache;
    private final ExecutorService workers;
    private final int threads;
    private final BiConsumer<Photo, @Nullable BufferedImage> listener;

    private Set<Photo> all = Set.of();
    private final Set<Photo> wanted = new LinkedHashSet<>();
    private final Set<Photo> remaining = new LinkedHashSet<>(); // those of all that were never loaded
    private final Set<Photo> running = new HashSet<>();

    /**
     * Creates a loader.
     *
     * @param cache returns or creates a thumbnail; called by the worker threads
     * @param workers shut down by its owner
     * @param threads the number of threads of the workers
     * @param listener called by the event dispatch thread with each thumbnail, null if it could not be created
     */
    ThumbnailLoader(
            Function<Photo, @Nullable BufferedImage> cache,
            ExecutorService workers,
            int threads,
            BiConsumer<Photo, @Nullable BufferedImage> listener) {
        this.cache = cache;
        this.workers = workers;
        this.threads = threads;
        this.listener = listener;
    }

    /** Sets the pictures to load, once each, in this order. Those that were loaded before are not loaded again. */
    void loadAll(List<Photo> photos) {
        Set<Photo> next = new LinkedHashSet<>(photos);
        remaining.retainAll(next);
        photos.stream().filter(photo -> !all.contains(photo)).forEach(remaining::add);
        all = next;
        loadNext();
    }

    /** Sets the pictures to load before all others, even if they were loaded before. */
    void loadFirst(Collection<Photo> photos) {
        wanted.clear();
        wanted.addAll(photos);
        loadNext();
    }

    int total() {
        return all.size();
    }

    int loaded() {
        return all.size() - remaining.size();
    }

    private void loadNext() {
        while (running.size() < threads && !workers.isShutdown()) {
            Photo photo = Stream.concat(wanted.stream(), remaining.stream())
                    .filter(candidate -> !running.contains(candidate))
                    .findFirst()
                    .orElse(null);
            if (photo == null) {
                return;
            }
            running.add(photo);
            CompletableFuture.supplyAsync(() -> cache.apply(photo), workers)
                    .whenCompleteAsync((image, failure) -> loaded(photo, image), EventQueue::invokeLater);
        }
    }

    private void loaded(Photo photo, @Nullable BufferedImage image) {
        running.remove(photo);
        wanted.remove(photo);
        remaining.remove(photo);
        listener.accept(photo, image);
        loadNext();
    }
}
