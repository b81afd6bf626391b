package io.github.embeddedmemcached.example.pictures;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import javax.imageio.ImageIO;

/** Pictures that tests write. */
final class TestPictures {
    private TestPictures() {}

    static BufferedImage image(int width, int height, Color color) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(color);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return image;
    }

    /** Writes a picture of one color, in the format of the file's suffix. */
    static Photo write(Path file, int width, int height, Color color) throws IOException {
        return write(file, image(width, height, color));
    }

    static Photo write(Path file, BufferedImage image) throws IOException {
        String name = file.toString();
        if (!ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile())) {
            throw new IOException("no such format: " + file);
        }
        return photo(file);
    }

    /** Writes a file that is not a picture although its name says so. */
    static Photo writeBroken(Path file) throws IOException {
        Files.writeString(file, "broken");
        return photo(file);
    }

    static Photo photo(Path file) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Photo(file.toAbsolutePath(), attributes.lastModifiedTime().toMillis(), attributes.size());
    }
}
