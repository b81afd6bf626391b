package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.cache.CacheBenchmark;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.RatioChart;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs JMH and reports its results. */
public final class EngineBenchmark {
    private static final List<String> STORES = List.of("embedded", "embedded-bytes", "caffeine", "ohc");
    private static final List<String> QUICK_STORES = List.of("embedded", "caffeine", "ohc");
    private static final String RESULTS = "jmh.json";
    private static final String LOG = "-threads.log";
    private static final String GET_ALL = CacheBenchmark.class.getName() + ".getAll$";

    /** The goals for the ratio of the time to that of Caffeine. */
    private static final Map<String, Goal> GOALS = Map.of(
            "getHit", Goal.atMost(1.5), "getMiss", Goal.atMost(3), "set", Goal.atMost(1), "getAll", Goal.atMost(0.5));

    /** The goal for the ratio of the time of a mix of operations to that of the fastest other cache. */
    private static final Goal MIXED_GOAL = Goal.atMost(1);

    private EngineBenchmark() {}

    /** Runs JMH with the arguments of {@code -Djmh.args}. */
    public static void runJmh(BenchOptions options, Report report)
            throws IOException, RunnerException, CommandLineOptionException {
        report.section("JMH");
        CommandLineOptions arguments =
                new CommandLineOptions(options.jmhArguments().toArray(String[]::new));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("benchmark", "threads", "parameters", "score", "error", "unit"));
        for (RunResult result : new Runner(withResults(new OptionsBuilder().parent(arguments), report)
                        .build())
                .run()) {
            rows.add(List.of(
                    simpleName(result),
                    Integer.toString(result.getParams().getThreads()),
                    parameters(result),
                    Report.number(result.getPrimaryResult().getScore()),
                    Report.number(result.getPrimaryResult().getScoreError()),
                    result.getPrimaryResult().getScoreUnit()));
        }
        report.table(rows);
    }

    /** Compares this cache with others, with one thread and with two. */
    public static void run(BenchOptions options, Report report) throws IOException, RunnerException {
        report.section("In-process, compared with Caffeine and OHC");
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("ns per operation", "items", "threads"));
        head.addAll(STORES);
        head.addAll(List.of("embedded / caffeine", "target"));
        rows.add(head);
        RatioChart chart = new RatioChart("Times as fast as Caffeine");
        for (int threads = 1; threads <= 2; threads++) {
            Map<String, String[]> stores =
                    Map.of("store", (options.isLong() ? STORES : QUICK_STORES).toArray(String[]::new));
            String include = StoreBenchmark.class.getName() + (options.isLong() ? "" : ".(getHit|getMiss|set|mixed)$");
            addRows(rows, threads, runJmh(include, stores, threads, options, report), report, chart);
            Map<String, String[]> caches = Map.of(
                    "cache", new String[] {"embedded", "caffeine", "ohc"}, "items", new String[] {"100000", "1000000"});
            addRows(rows, threads, runJmh(GET_ALL, caches, threads, options, report), report, chart);
        }
        report.chart(chart);
        report.table(rows);
        report.paragraph(
                "Items of 100 bytes, keys of 13, all of which fit. getHotHit: only a thousand of them. getAll: 100 keys at once; OHC has no "
                        + "such operation, and gets 100 times. mixed: 90% get and 10% set of a million keys, Zipf 0.99, in 64 MiB; the target is the "
                        + "fastest other cache. Each get returns a copy, but getAll of Caffeine returns references. embedded, caffeine: String "
                        + "keys; embedded-bytes, ohc: keys are byte arrays.");
    }

    /** Runs the benchmarks whose names match, with some values of their parameters, or with all. */
    public static Collection<RunResult> runJmh(
            String include, Map<String, String[]> parameters, int threads, BenchOptions options, Report report)
            throws RunnerException {
        String log = include.replaceAll(".*bench\\.\\w+\\.", "").replaceAll("\\(.*\\)|\\W", "") + "-" + threads + LOG;
        System.out.println("... JMH, see " + log);
        TimeValue time = TimeValue.milliseconds((long) (options.seconds() * 1000));
        int iterations = options.isLong() ? 5 : 2;
        ChainedOptionsBuilder builder = new OptionsBuilder()
                .include(include)
                .threads(threads)
                .output(report.folder().resolve(log).toString())
                .forks(options.isLong() ? 3 : 1)
                .warmupIterations(iterations)
                .warmupTime(time)
                .measurementIterations(iterations)
                .measurementTime(time);
        parameters.forEach(builder::param);
        return new Runner(builder.build()).run();
    }

    private static ChainedOptionsBuilder withResults(ChainedOptionsBuilder builder, Report report) {
        return builder.resultFormat(ResultFormatType.JSON)
                .result(report.folder().resolve(RESULTS).toString());
    }

    private static void addRows(
            List<List<String>> rows, int threads, Collection<RunResult> results, Report report, RatioChart chart) {
        Map<String, Map<String, Double>> byBenchmark = new TreeMap<>();
        for (RunResult result : results) {
            String store = result.getParams().getParam("store");
            String items = result.getParams().getParam("items");
            byBenchmark
                    .computeIfAbsent(
                            methodName(result) + " " + (items == null ? "" : items), benchmark -> new TreeMap<>())
                    .put(
                            store == null ? result.getParams().getParam("cache") : store,
                            result.getPrimaryResult().getScore());
        }
        byBenchmark.forEach((benchmark, byStore) -> {
            String method = benchmark.substring(0, benchmark.indexOf(' '));
            String items = benchmark.substring(method.length() + 1);
            List<String> row = new ArrayList<>(List.of(method, items, Integer.toString(threads)));
            STORES.forEach(store -> row.add(Report.number(byStore.getOrDefault(store, Double.NaN))));
            double embedded = byStore.getOrDefault("embedded", Double.NaN);
            double ratio = embedded / byStore.getOrDefault("caffeine", Double.NaN);
            row.add(Report.number(ratio));
            String measured = String.join(", ", method, items + " items", threads + " threads");
            Goal goal = GOALS.get(method);
            chart.add(measured, 1 / ratio);
            if (method.equals("mixed")) {
                double fastest =
                        Math.min(byStore.getOrDefault("caffeine", Double.NaN), byStore.getOrDefault("ohc", Double.NaN));
                row.add(report.goal(
                        "mixed, time / fastest other cache, " + threads + " threads", MIXED_GOAL, embedded / fastest));
            } else {
                row.add(goal == null ? "" : report.goal(measured + ", time / Caffeine", goal, ratio));
            }
            rows.add(row);
        });
    }

    /** Returns the name of the measured method. */
    public static String methodName(RunResult result) {
        return simpleName(result).replaceAll(".*\\.", "");
    }

    private static String simpleName(RunResult result) {
        String name = result.getParams().getBenchmark();
        int method = name.lastIndexOf('.');
        return name.substring(name.lastIndexOf('.', method - 1) + 1);
    }

    private static String parameters(RunResult result) {
        List<String> parameters = new ArrayList<>();
        for (String key : result.getParams().getParamsKeys()) {
            parameters.add(key + "=" + result.getParams().getParam(key));
        }
        return String.join(" ", parameters);
    }
}
