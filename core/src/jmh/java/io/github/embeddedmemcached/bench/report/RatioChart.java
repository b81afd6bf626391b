package io.github.embeddedmemcached.bench.report;

import java.awt.Color;
import java.awt.Paint;
import java.io.IOException;
import java.nio.file.Path;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.data.category.DefaultCategoryDataset;

/** A bar chart of ratios on a logarithmic scale. Bars start at the line for 1; those to the right of it are better. */
public final class RatioChart implements Chart {
    private static final int WIDTH = 900;
    private static final int TOP_AND_BOTTOM = 100;
    private static final int ROW_HEIGHT = 26;
    private static final Color BETTER = new Color(0x2a7f62);
    private static final Color WORSE = new Color(0xb5523b);

    private final String title;
    private final DefaultCategoryDataset logarithms = new DefaultCategoryDataset();

    /** Creates an empty chart. */
    public RatioChart(String title) {
        this.title = title;
    }

    /** Adds a bar, unless the ratio is not a positive number. */
    public void add(String label, double ratio) {
        if (ratio > 0 && Double.isFinite(ratio)) {
            logarithms.addValue(Math.log(ratio) / Math.log(2), title, label);
        }
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public boolean isEmpty() {
        return logarithms.getColumnCount() == 0;
    }

    @Override
    public void save(Path file) throws IOException {
        JFreeChart chart = ChartFactory.createBarChart(
                title, null, null, logarithms, PlotOrientation.HORIZONTAL, false, false, false);
        CategoryPlot plot = chart.getCategoryPlot();
        plot.setBackgroundPaint(Color.WHITE);
        plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
        plot.getDomainAxis().setMaximumCategoryLabelWidthRatio(1f);
        NumberAxis axis = (NumberAxis) plot.getRangeAxis();
        axis.setNumberFormatOverride(new ShortNumberFormat(log -> Math.pow(2, log)));
        axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
        axis.setAutoRangeMinimumSize(2);
        BarRenderer renderer = new BarRenderer() {
            private static final long serialVersionUID = 1;

            @Override
            public Paint getItemPaint(int row, int column) {
                return logarithms.getValue(row, column).doubleValue() >= 0 ? BETTER : WORSE;
            }
        };
        renderer.setBarPainter(new StandardBarPainter());
        renderer.setShadowVisible(false);
        plot.setRenderer(renderer);
        int height = TOP_AND_BOTTOM + ROW_HEIGHT * logarithms.getColumnCount();
        ChartUtils.saveChartAsPNG(file.toFile(), chart, WIDTH, height);
    }
}
