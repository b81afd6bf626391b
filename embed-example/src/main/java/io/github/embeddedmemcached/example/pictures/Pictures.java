package io.github.embeddedmemcached.example.pictures;

import java.awt.EventQueue;
import java.awt.GraphicsEnvironment;
import java.awt.event.WindowAdapter;
import java.awt.event.WindowEvent;
import java.nio.file.Path;
import javax.swing.JFrame;
import javax.swing.UIManager;
import javax.swing.UnsupportedLookAndFeelException;
import javax.swing.WindowConstants;

/**
 * Shows the pictures in a folder. The first start creates thumbnails, later ones show them at once.
 *
 * <p>The event dispatch thread never waits: the cache is restored before the window opens, by the main thread, and saved after it was
 * closed, by a thread that keeps the JVM until then.
 */
public final class Pictures {
    private static final String CACHE_FILE = "embedded-memcached-pictures/thumbnails";

    private Pictures() {}

    /**
     * Opens the window.
     *
     * @param arguments the folder; by default that of the user's pictures
     */
    public static void main(String[] arguments) {
        if (GraphicsEnvironment.isHeadless()) {
            System.err.println("This program needs a display.");
            return;
        }
        Path folder = arguments.length == 0 || arguments[0].isBlank()
                ? Path.of(System.getProperty("user.home"), "Pictures")
                : Path.of(arguments[0]);
        var thumbnails = new ThumbnailCache(CacheFolder.ofUser().resolve(CACHE_FILE), Images::scale);
        EventQueue.invokeLater(() -> open(folder, thumbnails));
    }

    private static void open(Path folder, ThumbnailCache thumbnails) {
        useSystemLookAndFeel();
        PicturePanel panel = new PicturePanel(folder, thumbnails);
        JFrame frame = new JFrame("Pictures in " + folder);
        frame.setContentPane(panel);
        frame.setDefaultCloseOperation(WindowConstants.DISPOSE_ON_CLOSE);
        frame.addWindowListener(new WindowAdapter() {
            @Override
            public void windowOpened(WindowEvent e) {
                panel.listFolder();
            }

            @Override
            public void windowActivated(WindowEvent e) {
                panel.listFolder();
            }

            @Override
            public void windowClosed(WindowEvent e) {
                panel.close();
                new Thread(thumbnails::close, "save-thumbnails").start();
            }
        });
        frame.pack();
        frame.setLocationByPlatform(true);
        frame.setVisible(true);
    }

    private static void useSystemLookAndFeel() {
        UIManager.put("swing.boldMetal", false); // the look and feel of systems that have none
        try {
            UIManager.setLookAndFeel(UIManager.getSystemLookAndFeelClassName());
        } catch (ReflectiveOperationException | UnsupportedLookAndFeelException e) {
            System.err.println("The default look and feel is used: " + e);
        }
    }
}
