package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.report.Goal;
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
    private static final String RESULTS = "jmh.json";
    private static final String LOG = "-threads.log";
    private static final Goal HIT_GOAL = Goal.atMost(2.0);

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
        List<String> head = new ArrayList<>(List.of("ns per operation", "threads"));
        head.addAll(STORES);
        head.addAll(List.of("embedded / caffeine", "embedded-bytes / caffeine", "goal"));
        rows.add(head);
        for (int threads = 1; threads <= 2; threads++) {
            addRows(rows, threads, runJmh(StoreBenchmark.class, threads, options, report));
        }
        report.table(rows);
        report.paragraph(
                "Items of 100 bytes, keys of 13. getHit, getMiss, set: 100,000 items that all fit. getHotHit: only a thousand of them. mixed: 90% get and 10% "
                        + "set of a million keys, Zipf 0.99, in 64 MiB. Each get returns a copy. embedded, caffeine: String keys; "
                        + "embedded-bytes, ohc: keys are byte arrays.");
    }

    /** Runs the benchmarks of a class. */
    public static Collection<RunResult> runJmh(Class<?> benchmarks, int threads, BenchOptions options, Report report)
            throws RunnerException {
        String log = benchmarks.getSimpleName() + "-" + threads + LOG;
        System.out.println("... JMH, see " + log);
        TimeValue time = TimeValue.milliseconds((long) (options.seconds() * 1000));
        int iterations = options.isLong() ? 5 : 2;
        return new Runner(new OptionsBuilder()
                        .include(benchmarks.getName())
                        .threads(threads)
                        .output(report.folder().resolve(log).toString())
                        .forks(options.isLong() ? 3 : 1)
                        .warmupIterations(iterations)
                        .warmupTime(time)
                        .measurementIterations(iterations)
                        .measurementTime(time)
                        .build())
                .run();
    }

    private static ChainedOptionsBuilder withResults(ChainedOptionsBuilder builder, Report report) {
        return builder.resultFormat(ResultFormatType.JSON)
                .result(report.folder().resolve(RESULTS).toString());
    }

    private static void addRows(List<List<String>> rows, int threads, Collection<RunResult> results) {
        Map<String, Map<String, Double>> byBenchmark = new TreeMap<>();
        for (RunResult result : results) {
            byBenchmark
                    .computeIfAbsent(methodName(result), benchmark -> new TreeMap<>())
                    .put(
                            result.getParams().getParam("store"),
                            result.getPrimaryResult().getScore());
        }
        byBenchmark.forEach((benchmark, byStore) -> {
            List<String> row = new ArrayList<>(List.of(benchmark, Integer.toString(threads)));
            STORES.forEach(store -> row.add(Report.number(byStore.getOrDefault(store, Double.NaN))));
            double caffeine = byStore.getOrDefault("caffeine", Double.NaN);
            double ratio = byStore.getOrDefault("embedded", Double.NaN) / caffeine;
            row.add(Report.number(ratio));
            row.add(Report.number(byStore.getOrDefault("embedded-bytes", Double.NaN) / caffeine));
            row.add(benchmark.equals("getHit") && threads == 1 ? HIT_GOAL.result(ratio) : "");
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
