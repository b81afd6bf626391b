package io.github.embeddedmemcached.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The results, as Markdown with charts. Each part is printed and written when it is added, so that an interrupted benchmark
 * has reported all its measurements.
 */
public final class Report {
    private static final String MARKDOWN = "report.md";

    private final Path folder;
    private final StringBuilder text = new StringBuilder();
    private final RatioChart memcached = new RatioChart("Times as good as memcached");
    private final List<List<String>> goals =
            new ArrayList<>(List.of(List.of("part", "measured", "value", "target", "met")));
    private String currentSection = "";

    /** Creates a report in a folder, which is created if necessary. */
    public Report(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    public Path file() {
        return folder.resolve(MARKDOWN);
    }

    /** Returns the folder, for other files. */
    public Path folder() {
        return folder;
    }

    /** Begins a section. */
    public void section(String title) throws IOException {
        currentSection = title;
        append("\n## " + title + "\n\n");
    }

    /** Appends a paragraph. */
    public void paragraph(String paragraph) throws IOException {
        append(paragraph + "\n\n");
    }

    /** Appends a table; the first row is its header. */
    public void table(List<List<String>> rows) throws IOException {
        StringBuilder table = new StringBuilder();
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            for (int i = 0; i < columns; i++) {
                String cell = rows.get(r).get(i);
                table.append("| ").append(cell).append(" ".repeat(widths[i] - cell.length() + 1));
            }
            table.append("|\n");
            if (r == 0) {
                for (int width : widths) {
                    table.append('|').append("-".repeat(width + 2));
                }
                table.append("|\n");
            }
        }
        append(table + "\n");
    }

    /** Adds a bar to the chart: how many times as good as memcached a result is. */
    public void bar(String label, double timesAsGood) {
        memcached.add(label, timesAsGood);
    }

    /** Appends a chart of lines, unless it is empty. */
    public void chart(LineChart chart) throws IOException {
        appendChart(chart);
    }

    /** Appends a chart of ratios, unless it is empty. */
    public void chart(RatioChart chart) throws IOException {
        appendChart(chart);
    }

    private void appendChart(Chart chart) throws IOException {
        if (!chart.isEmpty()) {
            String file = chart.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".png";
            chart.save(folder.resolve(file));
            append("![" + chart.title() + "](" + file + ")\n\n");
        }
    }

    /**
     * Adds a value to the table of targets at the end of the report, if it has been measured.
     *
     * @param measured what was measured
     * @param goal the target
     * @param value the value, or NaN if it could not be measured
     * @return the target and whether it is met
     */
    public String goal(String measured, Goal goal, double value) {
        if (!Double.isNaN(value)) {
            goals.add(List.of(
                    currentSection, measured, number(value), goal.description(), goal.isMetBy(value) ? "yes" : "NO"));
        }
        return goal.result(value);
    }

    /** Ends the report with the targets and the chart, if there are any. */
    public void end() throws IOException {
        if (goals.size() > 1) {
            long met = goals.stream().filter(row -> row.get(4).equals("yes")).count();
            append("\n## Targets\n\n" + met + " of " + (goals.size() - 1) + " are met.\n\n");
            table(goals);
        }
        appendChart(memcached);
    }

    private void append(String piece) throws IOException {
        System.out.print(piece);
        text.append(piece);
        Files.writeString(file(), text);
    }

    /** Formats a number with about three significant digits. */
    public static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Formats several measurements: the median, and the range. */
    public static String spread(List<Double> values) {
        List<Double> sorted = sorted(values);
        return number(median(values)) + " (" + number(sorted.get(0)) + " to " + number(sorted.get(sorted.size() - 1))
                + ")";
    }

    public static double median(List<Double> values) {
        List<Double> sorted = sorted(values);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static List<Double> sorted(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        sorted.sort(null);
        return sorted;
    }
}
