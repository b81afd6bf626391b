package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Statistic;
import java.awt.Color;
import java.awt.EventQueue;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import javax.swing.JComponent;
import javax.swing.JLabel;
import javax.swing.JProgressBar;
import javax.swing.JScrollPane;
import javax.swing.SwingUtilities;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The panel is painted into an image, without a display. */
@Timeout(120)
class PicturePanelTest {
    private static final int RED = Color.RED.getRGB();
    private static final int BLUE = Color.BLUE.getRGB();

    @TempDir
    private Path folder;

    @TempDir
    private Path caches;

    @BeforeEach
    void writePictures() throws IOException {
        TestPictures.write(folder.resolve("1.png"), 500, 500, Color.RED);
        TestPictures.writeBroken(folder.resolve("2.png"));
        TestPictures.write(folder.resolve("3.png"), 500, 500, Color.BLUE);
    }

    private PaintedPanel open() throws Exception {
        return new PaintedPanel(folder, caches.resolve("thumbnails"), Images::scale);
    }

    @Test
    void shouldShowThumbnailsAndAPlaceholderForABrokenPicture() throws Exception {
        try (PaintedPanel painted = open()) {
            painted.load(3);
            BufferedImage image = painted.paintWall();

            assertThat(PaintedPanel.thumbnailColor(image, 0)).isEqualTo(RED);
            assertThat(PaintedPanel.thumbnailColor(image, 1)).isEqualTo(Wall.BROKEN.getRGB());
            assertThat(PaintedPanel.thumbnailColor(image, 2)).isEqualTo(BLUE);
            assertThat(PaintedPanel.thumbnailColor(image, 3)).isEqualTo(Wall.BACKGROUND.getRGB());
        }
    }

    @Test
    void shouldShowThumbnailsOfTheLastRunWithoutALoad() throws Exception {
        Files.delete(folder.resolve("2.png"));
        for (int run = 1; run <= 2; run++) {
            try (PaintedPanel painted = open()) {
                painted.load(2);
                BufferedImage image = painted.paintWall();

                assertThat(PaintedPanel.thumbnailColor(image, 0)).isEqualTo(RED);
                assertThat(PaintedPanel.thumbnailColor(image, 1)).isEqualTo(BLUE);
                assertThat(painted.thumbnails.statistics().get(Statistic.LOADS)).isEqualTo(run == 1 ? 2 : 0);
            }
        }
    }

    @Test
    void shouldShowAChangedPictureAnew() throws Exception {
        try (PaintedPanel painted = open()) {
            painted.load(3);
            TestPictures.write(folder.resolve("1.png"), 510, 500, Color.GREEN);
            EventQueue.invokeAndWait(painted.panel::listFolder);
            painted.paintUntil(0, Color.GREEN);

            assertThat(painted.thumbnails.statistics().items())
                    .isEqualTo(3); // the old thumbnail remains until it is evicted
        }
    }

    @Test
    void shouldShowTheFiguresOfTheCache() throws Exception {
        Files.delete(folder.resolve("2.png"));
        try (PaintedPanel painted = open()) {
            painted.load(2);
            assertThat(PaintedPanel.status(painted.panel))
                    .matches("Hit ratio 0\\.0 % .* 2 thumbnails .* 0\\.\\d of 128 MB .* \\d+\\.\\d ms per load");

            assertThat(count(painted, JLabel.class, Wall.TEXT)).isGreaterThan(100);
        }
    }

    @Test
    void shouldPlotTheHitRatio() throws Exception {
        try (PaintedPanel painted = open()) {
            assertThat(count(painted, HitRatioPlot.class, HitRatioPlot.LINE)).isZero();
            painted.load(3);
            for (int i = 0; i < 20; i++) {
                painted.paint();
            }
            assertThat(count(painted, HitRatioPlot.class, HitRatioPlot.LINE)).isGreaterThan(10);
        }
    }

    private static long count(PaintedPanel painted, Class<? extends JComponent> type, Color color) throws Exception {
        BufferedImage image = painted.paint();
        var component = PaintedPanel.find(painted.panel, type);
        Rectangle area = SwingUtilities.convertRectangle(component.getParent(), component.getBounds(), painted.panel);
        int[] pixels = image.getRGB(area.x, area.y, area.width, area.height, null, 0, area.width);
        return Arrays.stream(pixels).filter(pixel -> pixel == color.getRGB()).count();
    }

    @Test
    void shouldProcessEventsWhileThumbnailsAreLoaded() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (PaintedPanel painted = new PaintedPanel(folder, caches.resolve("thumbnails"), photo -> {
            assertThat(EventQueue.isDispatchThread()).isFalse();
            started.countDown();
            released.await();
            return Images.scale(photo);
        })) {
            EventQueue.invokeAndWait(painted.panel::listFolder);
            started.await();
            BufferedImage image = painted.paintWall(); // by the event dispatch thread
            assertThat(PaintedPanel.thumbnailColor(image, 0)).isEqualTo(Wall.LOADING.getRGB());
            assertThat(PaintedPanel.find(painted.panel, JProgressBar.class).getString())
                    .isEqualTo("0 of 3 pictures");

            CountDownLatch loaded = PaintedPanel.loaded(painted.panel, 3);
            released.countDown();
            loaded.await();
            assertThat(PaintedPanel.thumbnailColor(painted.paintWall(), 0)).isEqualTo(RED);
        }
    }

    @Test
    void shouldCloseWhileAThumbnailIsLoaded() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        PaintedPanel painted = new PaintedPanel(folder, caches.resolve("thumbnails"), photo -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.countDown(); // interrupted
            }
            return Images.scale(photo);
        });
        EventQueue.invokeAndWait(painted.panel::listFolder);
        started.await();
        EventQueue.invokeAndWait(painted.panel::close);
        ended.await();
        painted.thumbnails.close();

        assertThat(painted.thumbnails.statistics().items()).isZero();
    }

    @Test
    void shouldSayThatThereAreNoPictures() throws Exception {
        try (PaintedPanel painted =
                new PaintedPanel(folder.resolve("missing"), caches.resolve("thumbnails"), Images::scale)) {
            painted.load(0);
            BufferedImage empty = painted.paintWall();
            assertThat(PaintedPanel.thumbnailColor(empty, 0)).isEqualTo(Wall.BACKGROUND.getRGB());
            assertThat(count(painted, Wall.class, Wall.TEXT)).isGreaterThan(100);
        }
    }

    @Test
    void shouldLoadThumbnailsAgainWhenTheyAreScrolledIntoView() throws Exception {
        for (int i = 100; i < 160; i++) {
            TestPictures.write(folder.resolve(i + ".png"), 60, 60, Color.YELLOW);
        }
        try (PaintedPanel painted = open()) {
            painted.load(63);
            painted.paint();
            long hits = painted.thumbnails.statistics().get(Statistic.GET_HITS);
            EventQueue.invokeAndWait(() -> {
                JScrollPane scrollPane = PaintedPanel.find(painted.panel, JScrollPane.class);
                scrollPane.getVerticalScrollBar().setValue(10 * Grid.CELL_HEIGHT);
            });
            painted.paintUntil(0, Color.YELLOW);

            assertThat(painted.thumbnails.statistics().get(Statistic.GET_HITS)).isGreaterThan(hits);
            assertThat(painted.thumbnails.statistics().get(Statistic.LOADS)).isEqualTo(63);
        }
    }
}
