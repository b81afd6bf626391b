package io.github.embeddedmemcached.bench.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** A chart of lines, whose axes may be logarithmic. */
public final class LineChart implements Chart {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 440;
    private static final float LINE_WIDTH = 2f;

    private static final Color[] COLORS = {
        new Color(0x2a7f62),
        new Color(0x3b6fb5),
        new Color(0xb5523b),
        new Color(0x8a5fb0),
        new Color(0xd19a2a),
        Color.GRAY,
        new Color(0x3aa6b0),
        Color.BLACK
    };

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final boolean isLogX;
    private final boolean isLogY;
    private final Map<String, Map<Double, Double>> lines = new LinkedHashMap<>();

    /** Creates an empty chart. */
    public LineChart(String title, String xLabel, String yLabel, boolean isLogX, boolean isLogY) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
        this.isLogX = isLogX;
        this.isLogY = isLogY;
    }

    /** Adds a point to a line; points that are not numbers, or that a logarithmic axis cannot show, are left out. */
    public void add(String line, double x, double y) {
        if (Double.isFinite(y) && (y > 0 || !isLogY)) {
            lines.computeIfAbsent(line, name -> new TreeMap<>()).put(x, y);
        }
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public boolean isEmpty() {
        return lines.isEmpty();
    }

    @Override
    public void save(Path file) throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        lines.forEach((name, points) -> {
            XYSeries series = new XYSeries(name);
            points.forEach(series::add);
            data.addSeries(series);
        });
        JFreeChart chart = ChartFactory.createXYLineChart(title, xLabel, yLabel, data);
        XYPlot plot = chart.getXYPlot();
        plot.setBackgroundPaint(Color.WHITE);
        plot.setDomainGridlinePaint(Color.LIGHT_GRAY);
        plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
        plot.setDomainAxis(axis(xLabel, isLogX, 1));
        plot.setRangeAxis(axis(yLabel, isLogY, Math.log10(2)));
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, true);
        renderer.setDefaultStroke(new BasicStroke(LINE_WIDTH));
        renderer.setAutoPopulateSeriesStroke(false);
        for (int i = 0; i < data.getSeriesCount(); i++) {
            renderer.setSeriesPaint(i, COLORS[i % COLORS.length]);
        }
        plot.setRenderer(renderer);
        ChartUtils.saveChartAsPNG(file.toFile(), chart, WIDTH, HEIGHT);
    }

    private static ValueAxis axis(String label, boolean isLog, double tickDecades) {
        if (!isLog) {
            return new NumberAxis(label);
        }
        LogAxis axis = new LogAxis(label);
        axis.setTickUnit(new NumberTickUnit(tickDecades));
        axis.setNumberFormatOverride(new ShortNumberFormat());
        return axis;
    }
}
