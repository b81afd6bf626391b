package io.github.embeddedmemcached.example.pictures;

import io.github.embeddedmemcached.cache.CacheLoader;
import java.awt.Color;
import java.awt.Component;
import java.awt.Container;
import java.awt.Dimension;
import java.awt.EventQueue;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import javax.swing.JLabel;
import javax.swing.JProgressBar;

/** A panel with its cache that is painted into images, without a display. Its methods are called by the test's thread. */
final class PaintedPanel implements AutoCloseable {
    private static final Dimension SIZE = new Dimension(900, 660);

    final ThumbnailCache thumbnails;
    final PicturePanel panel;

    PaintedPanel(Path folder, Path cacheFile, CacheLoader<Photo, BufferedImage> loader) throws Exception {
        thumbnails = new ThumbnailCache(cacheFile, loader);
        PicturePanel[] created = new PicturePanel[1];
        EventQueue.invokeAndWait(() -> created[0] = new PicturePanel(folder, thumbnails));
        panel = created[0];
        EventQueue.invokeAndWait(() -> {
            panel.setSize(SIZE);
            layOut(panel);
        });
    }

    private static void layOut(Container container) {
        container.doLayout();
        for (Component child : container.getComponents()) {
            if (child instanceof Container inner) {
                layOut(inner);
            }
        }
    }

    /** Lists the folder, and waits until a number of pictures is loaded. */
    void load(int pictures) throws Exception {
        CountDownLatch loaded = loaded(panel, pictures);
        EventQueue.invokeAndWait(panel::listFolder);
        loaded.await();
    }

    /** Returns a latch that opens when all pictures of a number are loaded. */
    static CountDownLatch loaded(PicturePanel panel, int pictures) throws Exception {
        JProgressBar progress = find(panel, JProgressBar.class);
        CountDownLatch loaded = new CountDownLatch(1);
        EventQueue.invokeAndWait(() -> {
            Runnable check = () -> {
                if (progress.getMaximum() == pictures && progress.getValue() == pictures) {
                    loaded.countDown();
                }
            };
            progress.addChangeListener(event -> check.run());
            check.run();
        });
        return loaded;
    }

    BufferedImage paint() throws InterruptedException, InvocationTargetException {
        BufferedImage image = new BufferedImage(SIZE.width, SIZE.height, BufferedImage.TYPE_INT_RGB);
        EventQueue.invokeAndWait(() -> {
            panel.updateStatus();
            layOut(panel);
            Graphics2D graphics = image.createGraphics();
            panel.print(graphics);
            graphics.dispose();
        });
        return image;
    }

    /** Returns the first component of a type in a container. */
    static <T extends Component> T find(Container container, Class<T> type) {
        return components(container)
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    private static Stream<Component> components(Component component) {
        return component instanceof Container container
                ? Stream.concat(
                        Stream.of(component),
                        Stream.of(container.getComponents()).flatMap(PaintedPanel::components))
                : Stream.of(component);
    }

    /** Paints the panel until a thumbnail of the first row has a color; endless if that does not happen. */
    void paintUntil(int column, Color color) throws InterruptedException, InvocationTargetException {
        while (thumbnailColor(paintWall(), column) != color.getRGB()) {
            Thread.onSpinWait();
        }
    }

    /** Returns the current text of the status line. */
    static String status(PicturePanel panel) throws Exception {
        String[] text = new String[1];
        EventQueue.invokeAndWait(() -> {
            panel.updateStatus();
            text[0] = find(panel, JLabel.class).getText();
        });
        return text[0];
    }

    /** Paints the panel, and returns the visible part of the wall. */
    BufferedImage paintWall() throws InterruptedException, InvocationTargetException {
        return paint().getSubimage(0, 0, find(panel, Wall.class).getWidth(), Grid.CELL_HEIGHT);
    }

    /** Returns the color in the middle of a thumbnail of the first row of a wall. */
    static int thumbnailColor(BufferedImage wall, int column) {
        Rectangle box = new Grid(wall.getWidth(), column + 1).box(column);
        return wall.getRGB((int) box.getCenterX(), (int) box.getCenterY() + 20); // below the text of a placeholder
    }

    @Override
    public void close() {
        panel.close();
        thumbnails.close();
    }
}
