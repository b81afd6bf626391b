package io.github.embeddedmemcached.example.pictures;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Graphics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.swing.JComponent;
import javax.swing.JLabel;

/** Plots the hit ratio of a cache over time, the latest value at the right. */
@SuppressWarnings("serial") // is not serialized
final class HitRatioPlot extends JComponent {
    static final Color LINE = new Color(0x4CAF50);

    private static final int SAMPLES_MAX = 120;
    private static final int MARGIN = 6;
    private static final int LABELS = 40;
    private static final float LABEL_SIZE = 10;
    private static final Color GRID = new Color(0x3C4043);
    private static final Color AREA = new Color(0x4CAF50 | 0x40 << 24, true);

    private final Deque<Double> samples = new ArrayDeque<>();

    HitRatioPlot() {
        setFont(new JLabel().getFont());
        setToolTipText("Hit ratio of the cache over time");
        setPreferredSize(new Dimension(280, 64));
    }

    /** Adds the present hit ratio, 0 to 1; NaN if there is none. */
    void add(double hitRatio) {
        if (Double.isNaN(hitRatio)) {
            return;
        }
        if (samples.size() == SAMPLES_MAX) {
            samples.removeFirst();
        }
        samples.addLast(hitRatio);
        repaint();
    }

    @Override
    protected void paintComponent(Graphics g) {
        Graphics2D graphics = (Graphics2D) g.create();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setFont(getFont().deriveFont(LABEL_SIZE));
        for (int percent : new int[] {0, 50, 100}) {
            int y = (int) Math.round(y(percent / 100.0));
            graphics.setColor(GRID);
            graphics.drawLine(LABELS, y, getWidth() - MARGIN, y);
            graphics.setColor(Wall.TEXT);
            String label = percent + " %";
            int width = graphics.getFontMetrics().stringWidth(label);
            graphics.drawString(
                    label,
                    LABELS - MARGIN - width,
                    y + graphics.getFontMetrics().getAscent() / 2 - 1);
        }
        if (!samples.isEmpty()) {
            paintSamples(graphics);
        }
        graphics.dispose();
    }

    private void paintSamples(Graphics2D graphics) {
        double right = getWidth() - MARGIN;
        double step = (right - LABELS) / (SAMPLES_MAX - 1);
        double left = right - (samples.size() - 1) * step;
        Path2D line = new Path2D.Double();
        line.moveTo(left - step, y(samples.getFirst()));
        double x = left;
        for (double ratio : samples) {
            line.lineTo(x, y(ratio));
            x += step;
        }
        Path2D area = new Path2D.Double(line);
        area.lineTo(right, y(0));
        area.lineTo(left - step, y(0));
        graphics.setColor(AREA);
        graphics.fill(area);
        graphics.setColor(LINE);
        graphics.setStroke(new BasicStroke(2));
        graphics.draw(line);
    }

    private double y(double ratio) {
        return MARGIN + (1 - ratio) * (getHeight() - 2 * MARGIN);
    }
}
