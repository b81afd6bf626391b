package io.github.embeddedmemcached.example.pictures;

import java.awt.Rectangle;
import java.util.stream.IntStream;

/**
 * The places of thumbnails on a wall: rows of equal cells.
 *
 * @param width the width of the wall
 * @param count the number of thumbnails
 */
record Grid(int width, int count) {
    static final int MARGIN = 10;
    static final int CELL_WIDTH = Images.SIZE + 2 * MARGIN;
    static final int CELL_HEIGHT = Images.SIZE + MARGIN + 26; // with the name

    int columns() {
        return Math.max(1, (width - MARGIN) / CELL_WIDTH);
    }

    int height() {
        return (count + columns() - 1) / columns() * CELL_HEIGHT;
    }

    /** Returns the square in which a thumbnail is painted. */
    Rectangle box(int index) {
        int left = (width - columns() * CELL_WIDTH) / 2 + MARGIN;
        int x = left + index % columns() * CELL_WIDTH;
        int y = index / columns() * CELL_HEIGHT + MARGIN;
        return new Rectangle(x, y, Images.SIZE, Images.SIZE);
    }

    /** Returns the indexes of all thumbnails in the rows that an area touches. */
    IntStream indexes(Rectangle area) {
        int first = Math.max(0, area.y / CELL_HEIGHT) * columns();
        int end = (Math.max(0, area.y + area.height - 1) / CELL_HEIGHT + 1) * columns();
        return area.isEmpty() ? IntStream.empty() : IntStream.range(first, Math.min(end, count));
    }
}
