package io.github.embeddedmemcached.example.pictures;

import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.Codecs;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Reads pictures as thumbnails. */
final class Images {
    /** The longer side of a thumbnail, in pixels. */
    static final int SIZE = 160;

    /** A picture is read with at least this number of pixels for each one of its thumbnail, in both directions, if it has so many. */
    private static final int PIXELS_READ = 4;

    static final Codec<BufferedImage> PNG = Codecs.of(
            BufferedImage.class,
            Images::toPng,
            bytes -> Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(bytes))));

    static {
        ImageIO.setUseCache(false); // otherwise each thumbnail is written to a temporary file
    }

    private Images() {}

    /**
     * Reads a picture as a thumbnail. Only every n-th pixel of a large picture is read, so that it needs little memory.
     *
     * @throws IOException if it cannot be read
     */
    static BufferedImage scale(Photo photo) throws IOException {
        try (ImageInputStream input =
                ImageIO.createImageInputStream(photo.file().toFile())) {
            if (input == null) {
                throw new NoSuchFileException(photo.file().toString());
            }
            Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
            if (!readers.hasNext()) {
                throw new IOException(photo.file() + " is not a picture");
            }
            ImageReader reader = readers.next();
            try {
                boolean isJpeg = reader.getFormatName().equalsIgnoreCase("jpeg");
                reader.setInput(input, false, !isJpeg);
                BufferedImage thumbnail = reduce(read(reader));
                return isJpeg ? turn(thumbnail, orientation(reader)) : thumbnail;
            } finally {
                reader.dispose();
            }
        }
    }

    private static BufferedImage read(ImageReader reader) throws IOException {
        int longerSide = Math.max(reader.getWidth(0), reader.getHeight(0));
        int step = Math.max(1, longerSide / (SIZE * PIXELS_READ));
        ImageReadParam parameters = reader.getDefaultReadParam();
        parameters.setSourceSubsampling(step, step, 0, 0);
        return reader.read(0, parameters);
    }

    /** Halves an image until it is at most twice too large, because bilinear interpolation ignores pixels beyond that. */
    private static BufferedImage reduce(BufferedImage image) {
        BufferedImage reduced = image;
        int longerSide = Math.max(image.getWidth(), image.getHeight());
        while (longerSide > SIZE * 2) {
            longerSide /= 2;
            reduced = draw(reduced, longerSide);
        }
        return draw(reduced, Math.min(SIZE, longerSide));
    }

    private static BufferedImage draw(BufferedImage image, int longerSide) {
        double scale = (double) longerSide / Math.max(image.getWidth(), image.getHeight());
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        boolean hasAlpha = image.getColorModel().hasAlpha();
        var drawn =
                new BufferedImage(width, height, hasAlpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = drawn.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return drawn;
    }

    private static Orientation orientation(ImageReader reader) {
        try {
            return Orientation.ofJpeg(reader.getImageMetadata(0));
        } catch (IOException e) {
            return Orientation.NORMAL; // damaged metadata of a picture that could be read
        }
    }

    private static BufferedImage turn(BufferedImage image, Orientation orientation) {
        if (orientation.equals(Orientation.NORMAL)) {
            return image;
        }
        int width = image.getWidth();
        int height = image.getHeight();
        boolean isSideways = orientation.isSideways();
        var turned = new BufferedImage(isSideways ? height : width, isSideways ? width : height, image.getType());
        Graphics2D graphics = turned.createGraphics();
        graphics.drawImage(image, orientation.transform(width, height), null);
        graphics.dispose();
        return turned;
    }

    private static byte[] toPng(BufferedImage image) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }
}
