package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a child JVM, with a window on a virtual display; where there is none, the panel painted without a display. */
class PicturesTest {
    private static final int PICTURES = 2;

    @TempDir
    private Path folder;

    @TempDir
    private Path caches;

    @BeforeEach
    void writePictures() throws IOException {
        TestPictures.write(folder.resolve("1.png"), 500, 500, Color.RED);
        TestPictures.write(folder.resolve("2.png"), 500, 500, Color.BLUE);
    }

    @Test
    void shouldShowThumbnailsAtOnceAfterItWasEndedOrClosed() throws Exception {
        try (VirtualDisplay display = VirtualDisplay.start()) {
            assertThat(run(display, "wait")).startsWith("Hit ratio 0.0 %");
            assertThat(run(display, "close")).startsWith("Hit ratio 100.0 %");
            assertThat(run(display, "close")).startsWith("Hit ratio 100.0 %");
        }
    }

    /** Runs the program, checks what it shows, and returns its status line. */
    private String run(@Nullable VirtualDisplay display, String end) throws Exception {
        if (display == null) {
            try (var painted = new PaintedPanel(folder, caches.resolve("thumbnails"), Images::scale)) {
                painted.load(PICTURES);
                expectThumbnails(painted.paintWall());
                return PaintedPanel.status(painted.panel);
            }
        }
        File captured = folder.resolve(".captured.png").toFile();
        Process program = start(display, folder.toString(), "" + PICTURES, captured.getPath(), end);
        try (BufferedReader output = program.inputReader()) {
            String status = readLine(output).get(2, TimeUnit.MINUTES);
            if (end.equals("wait")) {
                program.destroy(); // SIGTERM
            }
            assertThat(program.waitFor(2, TimeUnit.MINUTES)).isTrue();
            if (end.equals("close")) {
                assertThat(program.exitValue()).isZero();
            }
            expectThumbnails(ImageIO.read(captured));
            return status;
        } finally {
            program.destroyForcibly();
        }
    }

    /** Reads a line; asynchronously, because a thread that reads from a process cannot be interrupted. */
    private static CompletableFuture<String> readLine(BufferedReader reader) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return Objects.requireNonNull(reader.readLine(), "the program has ended");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void expectThumbnails(BufferedImage shown) {
        assertThat(PaintedPanel.thumbnailColor(shown, 0)).isEqualTo(Color.RED.getRGB());
        assertThat(PaintedPanel.thumbnailColor(shown, 1)).isEqualTo(Color.BLUE.getRGB());
    }

    private Process start(VirtualDisplay display, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WindowProgram.class.getName());
        builder.command().addAll(List.of(arguments));
        builder.environment().putAll(Map.of("DISPLAY", display.name(), "XDG_CACHE_HOME", caches.toString()));
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
