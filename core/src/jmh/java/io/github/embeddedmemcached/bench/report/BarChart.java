package io.github.embeddedmemcached.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An SVG bar chart of ratios on a logarithmic scale. Bars start at the line for 1; those to the right of it are better. */
final class BarChart {
    private static final int LABEL_WIDTH = 330;
    private static final int BAR_WIDTH = 420;
    private static final int NUMBER_WIDTH = 70;
    private static final int TOP = 40;
    private static final int ROW_HEIGHT = 26;
    private static final int BAR_HEIGHT = 16;
    private static final String BETTER = "#2a7f62";
    private static final String WORSE = "#b5523b";

    private record Bar(String label, double ratio) {}

    private final List<Bar> bars = new ArrayList<>();

    void add(String label, double ratio) {
        if (ratio > 0 && Double.isFinite(ratio)) {
            bars.add(new Bar(label, ratio));
        }
    }

    boolean isEmpty() {
        return bars.isEmpty();
    }

    String toSvg() {
        double min = 0.5;
        double max = 2;
        for (Bar bar : bars) {
            min = Math.min(min, bar.ratio);
            max = Math.max(max, bar.ratio);
        }
        double perDoubling = BAR_WIDTH / log2(max / min);
        double oneX = LABEL_WIDTH - log2(min) * perDoubling;
        int width = LABEL_WIDTH + BAR_WIDTH + NUMBER_WIDTH;
        int height = TOP + ROW_HEIGHT * bars.size() + 10;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">%n",
                width,
                height));
        svg.append(String.format(Locale.ROOT, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n", width, height));
        svg.append(
                "<text x=\"10\" y=\"22\" font-weight=\"bold\">Times as good as memcached (right of the line: better)</text>\n");
        for (int i = 0; i < bars.size(); i++) {
            appendBar(svg, bars.get(i), TOP + i * ROW_HEIGHT, oneX, perDoubling);
        }
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"black\"/>%n",
                oneX,
                TOP - 6,
                oneX,
                height - 6));
        return svg.append("</svg>\n").toString();
    }

    private static void appendBar(StringBuilder svg, Bar bar, int y, double oneX, double perDoubling) {
        double end = oneX + log2(bar.ratio) * perDoubling;
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"10\" y=\"%d\">%s</text>%n",
                y + BAR_HEIGHT - 3,
                bar.label.replace("&", "&amp;").replace("<", "&lt;")));
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
                Math.min(oneX, end),
                y,
                Math.max(1, Math.abs(end - oneX)),
                BAR_HEIGHT,
                bar.ratio >= 1 ? BETTER : WORSE));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                Math.max(oneX, end) + 6,
                y + BAR_HEIGHT - 3,
                Report.number(bar.ratio)));
    }

    private static double log2(double value) {
        return Math.log(value) / Math.log(2);
    }
}
