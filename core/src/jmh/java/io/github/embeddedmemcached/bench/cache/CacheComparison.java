package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.engine.EngineBenchmark;
import io.github.embeddedmemcached.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;

/** Compares the cache with others, as applications use them. */
public final class CacheComparison {
    private static final int THREADS = 1;

    private CacheComparison() {}

    /** Returns the parameters of a quick run, which leaves out Ehcache and the values that are converted to bytes. */
    private static Map<String, String[]> parameters(BenchOptions options) {
        return options.isLong()
                ? Map.of()
                : Map.of(
                        "cache", new String[] {"embedded", "caffeine", "caffeine-bytes", "ohc"}, "value", new String[] {
                            "bytes"
                        });
    }

    /** Measures and reports all caches. */
    public static void run(BenchOptions options, Report report) throws IOException, RunnerException {
        report.section("Application cache, compared with Caffeine, Ehcache and OHC");
        Map<String, Map<String, Double>> byRow = new LinkedHashMap<>();
        for (RunResult result :
                EngineBenchmark.runJmh(CacheBenchmark.class.getName(), parameters(options), THREADS, options, report)) {
            String value = result.getParams().getParam("value");
            byRow.computeIfAbsent(
                            EngineBenchmark.methodName(result) + (value == null ? "" : ", " + value),
                            row -> new LinkedHashMap<>())
                    .put(
                            result.getParams().getParam("cache"),
                            result.getPrimaryResult().getScore());
        }
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("ns per operation"));
        head.addAll(ObjectCache.NAMES);
        head.addAll(List.of("embedded / caffeine", "embedded / caffeine-bytes"));
        rows.add(head);
        byRow.forEach((name, byCache) -> {
            List<String> row = new ArrayList<>(List.of(name));
            ObjectCache.NAMES.forEach(cache -> row.add(Report.number(byCache.getOrDefault(cache, Double.NaN))));
            double embedded = byCache.getOrDefault("embedded", Double.NaN);
            row.add(Report.number(embedded / byCache.getOrDefault("caffeine", Double.NaN)));
            row.add(Report.number(embedded / byCache.getOrDefault("caffeine-bytes", Double.NaN)));
            rows.add(row);
        });
        report.table(rows);
        report.paragraph(
                "String keys of 13 characters; values: byte[100], or a record of a String, a long and an int. get, set, getWithLoader: "
                        + "100,000 items; getAll, getAllWithLoader: 100 keys of a million items. All items fit, so that loaders are not called. "
                        + "caffeine, ehcache-heap store references; the others store bytes, by the same codec. OHC has no getAll: 100 gets.");
        StampedeProgram.run(report);
    }
}
