package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagesTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "3000, 2000, 160, 107",
        "1000, 1500, 107, 160",
        "320, 320, 160, 160",
        "200, 100, 160, 80",
        "60, 40, 60, 40",
        "5000, 1, 160, 1"
    })
    void shouldFitTheThumbnailAndNotEnlarge(int width, int height, int scaledWidth, int scaledHeight)
            throws IOException {
        Photo photo = TestPictures.write(folder.resolve("a.png"), width, height, Color.ORANGE);

        BufferedImage thumbnail = Images.scale(photo);

        assertThat(thumbnail.getWidth()).isEqualTo(scaledWidth);
        assertThat(thumbnail.getHeight()).isEqualTo(scaledHeight);
        assertThat(thumbnail.getRGB(scaledWidth - 1, scaledHeight - 1)).isEqualTo(Color.ORANGE.getRGB());
    }

    /** Without averaging, stripes of one pixel would become black, white, or wide stripes. */
    @Test
    void shouldAverageFineDetails() throws IOException {
        BufferedImage stripes = TestPictures.image(640, 640, Color.WHITE);
        Graphics2D graphics = stripes.createGraphics();
        graphics.setColor(Color.BLACK);
        for (int x = 0; x < stripes.getWidth(); x += 2) {
            graphics.drawLine(x, 0, x, stripes.getHeight());
        }
        graphics.dispose();

        BufferedImage thumbnail = Images.scale(TestPictures.write(folder.resolve("a.png"), stripes));

        for (int x = 0; x < Images.SIZE; x++) {
            assertThat(new Color(thumbnail.getRGB(x, 80)).getGreen()).isCloseTo(127, Offset.offset(2));
        }
    }

    @Test
    void shouldNotReadALargePictureAsAWhole() throws IOException {
        Photo photo = TestPictures.write(folder.resolve("a.jpg"), 6000, 4000, Color.GRAY);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        Images.scale(photo);

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(6000L * 4000 / 2);
    }

    @Test
    void shouldKeepTransparency() throws IOException {
        var transparent = new BufferedImage(400, 400, BufferedImage.TYPE_INT_ARGB);

        BufferedImage thumbnail = Images.scale(TestPictures.write(folder.resolve("a.png"), transparent));

        assertThat(thumbnail.getRGB(80, 80)).isZero();
        assertThat(Images.PNG)
                .satisfies(png -> assertThat(png.decode(png.encode(thumbnail)).getRGB(80, 80))
                        .isZero());
    }

    @Test
    void shouldRejectWhatIsNotAPicture() throws IOException {
        Photo broken = TestPictures.writeBroken(folder.resolve("a.png"));

        assertThatThrownBy(() -> Images.scale(broken)).isInstanceOf(IOException.class);
    }

    @Test
    void shouldRejectATruncatedPicture() throws IOException {
        Photo photo = TestPictures.write(folder.resolve("a.png"), 100, 100, Color.RED);
        Files.write(photo.file(), Arrays.copyOf(Files.readAllBytes(photo.file()), 60));

        assertThatThrownBy(() -> Images.scale(photo)).isInstanceOf(IOException.class);
    }

    @Test
    void shouldRejectAPictureThatWasDeleted() throws IOException {
        Photo photo = TestPictures.write(folder.resolve("a.png"), 100, 100, Color.RED);
        Files.delete(photo.file());

        assertThatThrownBy(() -> Images.scale(photo)).isInstanceOf(IOException.class);
    }
}
