package io.github.embeddedmemcached.example.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pictures as cameras store them: the corners are red, green, blue and white, from the top left to the bottom right. */
class OrientationTest {
    private static final int ORIENTATION = 0x0112;
    private static final int SOFTWARE = 0x0131;

    @TempDir
    private Path folder;

    private static BufferedImage corners() {
        BufferedImage image = TestPictures.image(160, 120, Color.WHITE);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.RED);
        graphics.fillRect(0, 0, 80, 60);
        graphics.setColor(Color.GREEN);
        graphics.fillRect(80, 0, 80, 60);
        graphics.setColor(Color.BLUE);
        graphics.fillRect(0, 60, 80, 60);
        graphics.dispose();
        return image;
    }

    /** Returns the content of a segment APP1 with a directory of two entries, of which one is the orientation. */
    private static byte[] exif(ByteOrder order, int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(6 + 8 + 2 + 2 * 12 + 4).order(order);
        exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
        exif.putShort((short) 42).putInt(8).putShort((short) 2);
        exif.putShort((short) SOFTWARE).putShort((short) 2).putInt(2).putInt(0);
        exif.putShort((short) ORIENTATION).putShort((short) 3).putInt(1).putShort((short) orientation);
        return exif.array();
    }

    private Photo write(byte[] exif) throws IOException {
        var jpeg = new ByteArrayOutputStream();
        ImageIO.write(corners(), "jpg", jpeg);
        ByteBuffer stored = ByteBuffer.allocate(jpeg.size() + 4 + exif.length);
        byte[] plain = jpeg.toByteArray();
        int start = 2 + 2 + ByteBuffer.wrap(plain).getShort(4); // after the segment APP0
        stored.put(plain, 0, start);
        stored.putShort((short) 0xFFE1).putShort((short) (2 + exif.length)).put(exif);
        stored.put(plain, start, plain.length - start);
        Path file = folder.resolve("a.jpg");
        Files.write(file, stored.array());
        return TestPictures.photo(file);
    }

    /** Returns the first letters of the colors of the corners. */
    private static String show(BufferedImage image) {
        int right = image.getWidth() - 20;
        int bottom = image.getHeight() - 20;
        return "" + letter(image.getRGB(20, 20)) + letter(image.getRGB(right, 20)) + letter(image.getRGB(20, bottom))
                + letter(image.getRGB(right, bottom));
    }

    private static char letter(int rgb) {
        Color color = new Color(rgb);
        boolean red = color.getRed() > 127;
        boolean green = color.getGreen() > 127;
        return red && green ? 'w' : red ? 'r' : green ? 'g' : 'b';
    }

    @ParameterizedTest
    @CsvSource({
        "1, rgbw, 160",
        "2, grwb, 160",
        "3, wbgr, 160",
        "4, bwrg, 160",
        "5, rbgw, 120",
        "6, brwg, 120",
        "7, wgbr, 120",
        "8, gwrb, 120",
        "9, rgbw, 160"
    })
    void shouldTurnAPicture(int orientation, String corners, int width) throws IOException {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            BufferedImage thumbnail = Images.scale(write(exif(order, orientation)));

            assertThat(show(thumbnail)).isEqualTo(corners);
            assertThat(thumbnail.getWidth()).isEqualTo(width);
        }
    }

    @Test
    void shouldIgnoreDamagedExif() throws IOException {
        byte[] exif = exif(ByteOrder.BIG_ENDIAN, 6);
        exif[10] = 0x70; // an offset beyond the end

        assertThat(show(Images.scale(write(exif)))).isEqualTo("rgbw");
        assertThat(show(Images.scale(write("Exif\0\0".getBytes(StandardCharsets.US_ASCII)))))
                .isEqualTo("rgbw");
        assertThat(show(Images.scale(write("other".getBytes(StandardCharsets.US_ASCII)))))
                .isEqualTo("rgbw");
    }
}
