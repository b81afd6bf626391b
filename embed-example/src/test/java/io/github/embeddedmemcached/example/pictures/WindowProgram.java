package io.github.embeddedmemcached.example.pictures;

import java.awt.AWTEvent;
import java.awt.EventQueue;
import java.awt.Rectangle;
import java.awt.Robot;
import java.awt.Toolkit;
import java.awt.event.WindowEvent;
import java.awt.image.BufferedImage;
import java.io.File;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.imageio.ImageIO;
import javax.swing.JFrame;

/** The program of a child JVM: starts the picture wall, writes a picture of its window, prints its status line, and closes it. */
final class WindowProgram {
    private WindowProgram() {}

    /**
     * Runs the program.
     *
     * @param arguments the folder, its number of pictures, the file to write, and "close", or "wait" for the end of this JVM
     */
    public static void main(String[] arguments) throws Exception {
        CompletableFuture<JFrame> opened = new CompletableFuture<>();
        Toolkit.getDefaultToolkit()
                .addAWTEventListener(
                        event -> {
                            if (event.getID() == WindowEvent.WINDOW_OPENED
                                    && event.getSource() instanceof JFrame frame) {
                                opened.complete(frame);
                            }
                        },
                        AWTEvent.WINDOW_EVENT_MASK);
        Pictures.main(new String[] {arguments[0]});
        JFrame frame = opened.get();
        PicturePanel panel = (PicturePanel) frame.getContentPane();
        PaintedPanel.loaded(panel, Integer.parseInt(arguments[1])).await();
        ImageIO.write(capture(panel), "png", new File(arguments[2]));
        System.out.println(PaintedPanel.status(panel));
        if (arguments[3].equals("wait")) {
            new CountDownLatch(1).await();
        }
        EventQueue.invokeAndWait(() -> frame.dispatchEvent(new WindowEvent(frame, WindowEvent.WINDOW_CLOSING)));
    }

    /** Returns what the display shows of the wall, when its first thumbnail is visible. */
    private static BufferedImage capture(PicturePanel panel) throws Exception {
        Wall wall = PaintedPanel.find(panel, Wall.class);
        Robot robot = new Robot();
        BufferedImage captured;
        int color;
        do {
            robot.waitForIdle();
            captured = robot.createScreenCapture(new Rectangle(wall.getLocationOnScreen(), wall.getSize()));
            color = PaintedPanel.thumbnailColor(captured, 0);
        } while (color == 0xFF000000 || color == Wall.LOADING.getRGB() || color == Wall.BACKGROUND.getRGB());
        return captured;
    }
}
