package io.github.embeddedmemcached.example.pictures;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.FontMetrics;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.Rectangle;
import java.awt.RenderingHints;
import java.awt.event.ComponentAdapter;
import java.awt.event.ComponentEvent;
import java.awt.event.MouseEvent;
import java.awt.image.BufferedImage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.swing.JComponent;
import javax.swing.JLabel;
import javax.swing.Scrollable;
import javax.swing.ToolTipManager;
import org.jspecify.annotations.Nullable;

/** A grid of thumbnails. Only those in and near the visible part are kept here; all others are in the cache. */
@SuppressWarnings("serial") // is not serialized
final class Wall extends JComponent implements Scrollable {
    static final Color BACKGROUND = new Color(0x202124);
    static final Color LOADING = new Color(0x2B2D31);
    static final Color BROKEN = new Color(0x5C2B29);
    static final Color TEXT = new Color(0xBDC1C6);

    private final Map<Photo, BufferedImage> images = new HashMap<>();
    private final Set<Photo> broken = new HashSet<>();
    private List<Photo> photos = List.of();
    private Set<Photo> kept = Set.of();
    private String message = "";

    Wall() {
        setOpaque(true);
        setFont(new JLabel().getFont());
        setFocusable(true); // for the keys of the scroll pane
        ToolTipManager.sharedInstance().registerComponent(this);
        addComponentListener(new ComponentAdapter() {
            @Override
            public void componentResized(ComponentEvent e) {
                revalidate(); // another number of columns
            }
        });
    }

    /** Replaces the pictures; shows a message if there are none. */
    void show(List<Photo> newPhotos, String messageIfEmpty) {
        photos = newPhotos;
        message = messageIfEmpty;
        broken.retainAll(new HashSet<>(newPhotos));
        revalidate();
        repaint();
    }

    /** Drops the thumbnails far from the visible part, and returns the pictures near to it that have none, the visible ones first. */
    List<Photo> missing() {
        Rectangle visible = getVisibleRect();
        Rectangle near = new Rectangle(visible);
        near.grow(0, visible.height);
        kept = new HashSet<>(in(near).toList());
        images.keySet().retainAll(kept);
        return Stream.concat(in(visible), in(near))
                .distinct()
                .filter(photo -> !images.containsKey(photo) && !broken.contains(photo))
                .toList();
    }

    /** Shows a thumbnail, or a placeholder if there is none. */
    void show(Photo photo, @Nullable BufferedImage image) {
        if (image == null) {
            broken.add(photo);
        } else if (kept.contains(photo)) {
            images.put(photo, image);
        }
        if (kept.contains(photo)) {
            repaint(getVisibleRect());
        }
    }

    private Grid grid() {
        return new Grid(getWidth(), photos.size());
    }

    private Stream<Photo> in(Rectangle area) {
        return grid().indexes(area).mapToObj(photos::get);
    }

    @Override
    protected void paintComponent(Graphics g) {
        Graphics2D graphics = (Graphics2D) g.create();
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        Rectangle clip = graphics.getClipBounds();
        graphics.setColor(BACKGROUND);
        graphics.fill(clip);
        if (photos.isEmpty()) {
            graphics.setColor(TEXT);
            paintText(graphics, message, getVisibleRect(), getVisibleRect().height / 2);
        }
        Grid grid = grid();
        grid.indexes(clip).forEach(index -> paintCell(graphics, photos.get(index), grid.box(index)));
        graphics.dispose();
    }

    private void paintCell(Graphics2D graphics, Photo photo, Rectangle box) {
        BufferedImage image = images.get(photo);
        if (image != null) {
            int x = box.x + (box.width - image.getWidth()) / 2;
            int y = box.y + (box.height - image.getHeight()) / 2;
            graphics.drawImage(image, x, y, null);
        } else {
            boolean isBroken = broken.contains(photo);
            graphics.setColor(isBroken ? BROKEN : LOADING);
            graphics.fill(box);
            graphics.setColor(TEXT);
            paintText(graphics, isBroken ? "not readable" : "", box, box.height / 2);
        }
        graphics.setColor(TEXT);
        paintText(
                graphics,
                photo.name(),
                box,
                Images.SIZE + graphics.getFontMetrics().getAscent() + 4);
    }

    /** Paints a text in the middle of an area, shortened to its width, with its base line at a distance from the top. */
    private static void paintText(Graphics2D graphics, String text, Rectangle area, int baseLine) {
        FontMetrics metrics = graphics.getFontMetrics();
        String shown = text;
        for (int end = text.length() - 1; end > 0 && metrics.stringWidth(shown) > area.width; end--) {
            shown = text.substring(0, end) + "\u2026";
        }
        graphics.drawString(shown, area.x + (area.width - metrics.stringWidth(shown)) / 2, area.y + baseLine);
    }

    @Override
    public @Nullable String getToolTipText(MouseEvent event) {
        Grid grid = grid();
        return grid.indexes(new Rectangle(event.getX(), event.getY(), 1, 1))
                .filter(index -> grid.box(index).contains(event.getPoint()))
                .mapToObj(index -> photos.get(index).file().toString())
                .findFirst()
                .orElse(null);
    }

    // In the scroll pane

    @Override
    public Dimension getPreferredSize() {
        return new Dimension(Grid.CELL_WIDTH, grid().height());
    }

    @Override
    public Dimension getPreferredScrollableViewportSize() {
        return new Dimension(5 * Grid.CELL_WIDTH + Grid.MARGIN, 3 * Grid.CELL_HEIGHT);
    }

    @Override
    public int getScrollableUnitIncrement(Rectangle visible, int orientation, int direction) {
        return Grid.CELL_HEIGHT / 3;
    }

    @Override
    public int getScrollableBlockIncrement(Rectangle visible, int orientation, int direction) {
        return Math.max(Grid.CELL_HEIGHT, visible.height - Grid.CELL_HEIGHT);
    }

    @Override
    public boolean getScrollableTracksViewportWidth() {
        return true;
    }

    @Override
    public boolean getScrollableTracksViewportHeight() {
        return getPreferredSize().height < getParent().getHeight(); // the message is in the middle
    }
}
