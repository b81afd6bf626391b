package io.github.embeddedmemcached.example.pictures;

import java.awt.geom.AffineTransform;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.w3c.dom.NodeList;

/**
 * How a camera was held: the tag "orientation" of Exif, 1 to 8. ImageIO does not apply it.
 *
 * @param value 1 if the picture is shown as it is stored
 */
record Orientation(int value) {
    static final Orientation NORMAL = new Orientation(1);
    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final String JPEG_FORMAT = "javax_imageio_jpeg_image_1.0";
    private static final String EXIF_MARKER = "225"; // APP1
    private static final int ENTRY_BYTES = 12;
    private static final int TAG = 0x0112;

    /** Returns the orientation in the metadata of a JPEG picture. */
    static Orientation ofJpeg(IIOMetadata metadata) {
        var root = (IIOMetadataNode) metadata.getAsTree(JPEG_FORMAT);
        NodeList segments = root.getElementsByTagName("unknown");
        for (int i = 0; i < segments.getLength(); i++) {
            var segment = (IIOMetadataNode) segments.item(i);
            if (segment.getAttribute("MarkerTag").equals(EXIF_MARKER)
                    && segment.getUserObject() instanceof byte[] bytes
                    && Arrays.mismatch(bytes, EXIF) == EXIF.length) {
                return ofExif(ByteBuffer.wrap(bytes, EXIF.length, bytes.length - EXIF.length)
                        .slice());
            }
        }
        return NORMAL;
    }

    /** Reads the first directory of Exif's TIFF structure: entries of tag, type, count and value. */
    private static Orientation ofExif(ByteBuffer tiff) {
        try {
            tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int directory = tiff.getInt(4);
            int entries = tiff.getShort(directory) & 0xFFFF;
            for (int entry = directory + 2; entry < directory + 2 + entries * ENTRY_BYTES; entry += ENTRY_BYTES) {
                int value = tiff.getShort(entry + 8);
                if (tiff.getShort(entry) == TAG && value >= 1 && value <= 8) {
                    return new Orientation(value);
                }
            }
        } catch (IndexOutOfBoundsException e) {
            return NORMAL; // damaged; the picture itself may be intact
        }
        return NORMAL;
    }

    /** Returns whether width and height are exchanged. */
    boolean isSideways() {
        return value >= 5;
    }

    /**
     * Returns the transform from the stored picture to the one to show.
     *
     * @param width the width of the stored picture
     * @param height its height
     */
    AffineTransform transform(int width, int height) {
        return switch (value) {
            case 2 -> new AffineTransform(-1, 0, 0, 1, width, 0);
            case 3 -> new AffineTransform(-1, 0, 0, -1, width, height);
            case 4 -> new AffineTransform(1, 0, 0, -1, 0, height);
            case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
            case 6 -> new AffineTransform(0, 1, -1, 0, height, 0);
            case 7 -> new AffineTransform(0, -1, -1, 0, height, width);
            case 8 -> new AffineTransform(0, -1, 1, 0, 0, width);
            default -> new AffineTransform();
        };
    }
}
