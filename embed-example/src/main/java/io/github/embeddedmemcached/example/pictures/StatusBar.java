package io.github.embeddedmemcached.example.pictures;

import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Statistic;
import java.awt.BorderLayout;
import java.util.Locale;
import javax.swing.BorderFactory;
import javax.swing.JLabel;
import javax.swing.JPanel;
import javax.swing.JProgressBar;

/** Shows the progress of loading while it lasts, the figures of the cache, and a plot of the hit ratio. */
@SuppressWarnings("serial") // is not serialized
final class StatusBar extends JPanel {
    private static final int GAP = 12;

    private final JProgressBar progress = new JProgressBar();
    private final JLabel figures = new JLabel(" ");
    private final HitRatioPlot plot = new HitRatioPlot();

    StatusBar() {
        super(new BorderLayout(GAP, 0));
        setBackground(Wall.LOADING);
        setBorder(BorderFactory.createEmptyBorder(GAP, GAP, GAP, GAP));
        progress.setStringPainted(true);
        figures.setForeground(Wall.TEXT);
        JPanel left = new JPanel(new BorderLayout(0, GAP));
        left.setOpaque(false);
        left.add(progress, BorderLayout.NORTH);
        left.add(figures, BorderLayout.CENTER);
        add(left, BorderLayout.CENTER);
        add(plot, BorderLayout.EAST);
    }

    void showProgress(int loaded, int total) {
        progress.setMaximum(total);
        progress.setValue(loaded);
        progress.setString(loaded + " of " + total + " pictures");
        progress.setVisible(loaded < total);
    }

    void showFigures(CacheStatistics statistics) {
        figures.setText(text(statistics));
        plot.add(statistics.hitRatio());
    }

    private static String text(CacheStatistics statistics) {
        String hitRatio =
                Double.isNaN(statistics.hitRatio()) ? "\u2013" : format("%.1f %%", 100 * statistics.hitRatio());
        String loads = statistics.get(Statistic.LOADS) == 0
                ? "no loads"
                : format("%.1f ms per load", statistics.averageLoadTime().toNanos() / 1e6);
        return String.join(
                "  \u00b7  ",
                "Hit ratio " + hitRatio,
                format("%,d thumbnails", statistics.items()),
                format("%.1f of %.0f MB", megabytes(statistics.usedBytes()), megabytes(statistics.limitBytes())),
                loads);
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static double megabytes(long bytes) {
        return bytes / (double) (1 << 20);
    }
}
