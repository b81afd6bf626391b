package io.github.embeddedmemcached.example.pictures;

import java.awt.BorderLayout;
import java.awt.EventQueue;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.swing.JPanel;
import javax.swing.JScrollPane;
import javax.swing.ScrollPaneConstants;
import javax.swing.Timer;
import org.jspecify.annotations.Nullable;

/** The wall, and below it the status bar. Files and the cache are read by worker threads. */
@SuppressWarnings("serial") // is not serialized
final class PicturePanel extends JPanel implements AutoCloseable {
    private static final int THREADS =
            Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() - 1));
    private static final int STATUS_MILLIS = 500;

    private final Path folder;
    private final ThumbnailCache thumbnails;
    private final ExecutorService workers = Executors.newFixedThreadPool(THREADS, PicturePanel::newWorker);
    private final ThumbnailLoader loader;
    private final Timer timer = new Timer(STATUS_MILLIS, event -> updateStatus());
    private final Wall wall = new Wall();
    private final StatusBar statusBar = new StatusBar();
    private List<Photo> photos = List.of();
    private boolean isListing;

    /**
     * Creates a panel, which is empty until {@link #listFolder}.
     *
     * @param folder the folder of the pictures
     * @param thumbnails closed by the caller
     */
    PicturePanel(Path folder, ThumbnailCache thumbnails) {
        super(new BorderLayout());
        this.folder = folder;
        this.thumbnails = thumbnails;
        loader = new ThumbnailLoader(thumbnails::get, workers, THREADS, this::loaded);

        JScrollPane scrollPane = new JScrollPane(
                wall, ScrollPaneConstants.VERTICAL_SCROLLBAR_ALWAYS, ScrollPaneConstants.HORIZONTAL_SCROLLBAR_NEVER);
        scrollPane.setBorder(null);
        scrollPane.getViewport().addChangeListener(event -> loader.loadFirst(wall.missing()));
        add(scrollPane, BorderLayout.CENTER);
        add(statusBar, BorderLayout.SOUTH);
    }

    private static Thread newWorker(Runnable task) {
        Thread thread = new Thread(task, "thumbnails");
        thread.setDaemon(true); // a file on a slow network drive does not delay the end of the program
        return thread;
    }

    /** Lists the folder, and shows pictures that are new or have changed. */
    void listFolder() {
        if (isListing || workers.isShutdown()) {
            return;
        }
        isListing = true;
        CompletableFuture.supplyAsync(this::readFolder, workers)
                .whenCompleteAsync((listed, failure) -> listed(listed), EventQueue::invokeLater);
    }

    private List<Photo> readFolder() {
        try {
            return Photo.in(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listed(@Nullable List<Photo> listed) {
        isListing = false;
        List<Photo> found = listed == null ? List.of() : listed;
        if (found.isEmpty() || !found.equals(photos)) {
            photos = found;
            wall.show(photos, "No pictures in " + folder);
            loader.loadAll(photos);
            loader.loadFirst(wall.missing());
            updateStatus();
        }
    }

    private void loaded(Photo photo, @Nullable BufferedImage image) {
        wall.show(photo, image);
        updateProgress();
    }

    /** Shows the current figures. */
    void updateStatus() {
        statusBar.showFigures(thumbnails.statistics());
        updateProgress();
    }

    private void updateProgress() {
        statusBar.showProgress(loader.loaded(), loader.total());
    }

    @Override
    public void addNotify() {
        super.addNotify();
        timer.start();
    }

    @Override
    public void removeNotify() {
        timer.stop();
        super.removeNotify();
    }

    /** Ends the worker threads. */
    @Override
    public void close() {
        workers.shutdownNow();
    }
}
