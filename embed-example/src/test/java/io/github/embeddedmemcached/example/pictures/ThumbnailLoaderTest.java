package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.EventQueue;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThumbnailLoaderTest {
    private static final List<Photo> PHOTOS = IntStream.range(0, 8)
            .mapToObj(i -> new Photo(Path.of("IMG_" + i + ".jpg"), i, i))
            .toList();

    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final List<Photo> requested = Collections.synchronizedList(new ArrayList<>());
    private final List<Photo> failed = new ArrayList<>(); // of the event dispatch thread
    private final Semaphore permits = new Semaphore(0);
    private final CountDownLatch first = new CountDownLatch(1);
    private CountDownLatch shown = new CountDownLatch(PHOTOS.size());
    private final ThumbnailLoader loader = new ThumbnailLoader(this::get, worker, 1, this::show);

    private BufferedImage get(Photo photo) {
        requested.add(photo);
        first.countDown();
        permits.acquireUninterruptibly();
        if (photo.equals(PHOTOS.get(2))) {
            throw new IllegalStateException("broken");
        }
        return TestPictures.image(1, 1, Color.RED);
    }

    private void show(Photo photo, @Nullable BufferedImage image) {
        if (image == null) {
            failed.add(photo);
        }
        shown.countDown();
    }

    @AfterEach
    void endWorker() throws InterruptedException {
        permits.release(1000);
        worker.shutdown();
        assertThat(worker.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shouldLoadAllInOrderAlthoughOneFails() throws Exception {
        permits.release(1000);
        EventQueue.invokeAndWait(() -> loader.loadAll(PHOTOS));
        shown.await();

        assertThat(requested).isEqualTo(PHOTOS);
        EventQueue.invokeAndWait(() -> {
            assertThat(failed).containsExactly(PHOTOS.get(2));
            assertThat(loader.loaded()).isEqualTo(PHOTOS.size()).isEqualTo(loader.total());
        });
    }

    @Test
    void shouldLoadVisiblePicturesFirst() throws Exception {
        EventQueue.invokeAndWait(() -> loader.loadAll(PHOTOS));
        first.await();
        EventQueue.invokeAndWait(() -> loader.loadFirst(List.of(PHOTOS.get(4), PHOTOS.get(5)))); // scrolled
        EventQueue.invokeAndWait(() -> loader.loadFirst(List.of(PHOTOS.get(6), PHOTOS.get(7)))); // scrolled on
        permits.release(1000);
        shown.await();

        assertThat(requested).extracting(Photo::bytes).containsExactly(0L, 6L, 7L, 1L, 2L, 3L, 4L, 5L); // each once
    }

    @Test
    void shouldLoadAgainWhatIsVisibleAgain() throws Exception {
        permits.release(1000);
        EventQueue.invokeAndWait(() -> loader.loadAll(PHOTOS));
        shown.await();
        shown = new CountDownLatch(1);
        EventQueue.invokeAndWait(() -> loader.loadFirst(List.of(PHOTOS.get(3))));
        shown.await();

        assertThat(requested).hasSize(PHOTOS.size() + 1).endsWith(PHOTOS.get(3));
    }

    @Test
    void shouldLoadOnlyNewPicturesOfANewList() throws Exception {
        permits.release(1000);
        shown = new CountDownLatch(5);
        EventQueue.invokeAndWait(() -> loader.loadAll(PHOTOS.subList(0, 5)));
        shown.await();
        shown = new CountDownLatch(3);
        EventQueue.invokeAndWait(() -> loader.loadAll(PHOTOS.subList(1, 8)));
        shown.await();

        assertThat(requested).isEqualTo(PHOTOS);
        EventQueue.invokeAndWait(() -> assertThat(loader.total()).isEqualTo(7));
    }
}
