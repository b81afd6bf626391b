package io.github.embeddedmemcached.bench.policy;

import io.github.embeddedmemcached.bench.BenchOptions;
import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.report.LineChart;
import io.github.embeddedmemcached.bench.report.Report;
import io.github.embeddedmemcached.bench.traces.Caches;
import io.github.embeddedmemcached.bench.traces.KeyTrace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures how soon a cache adapts to another access pattern: a trace consists of phases with different patterns, and the first pattern
 * returns at the end. A phase is compared with the same requests in an empty cache: it has recovered if there are as many hits among the
 * requests after the first ones, as many as the phase has keys.
 */
final class PatternChange {
    private static final int VALUE_BYTES = 4_000;
    private static final long LIMIT_BYTES = (long) Caches.MEGABYTES_MIN << 20; // about a thousand items
    private static final int LOOP_KEYS = 3_000;
    private static final int LOOP_ROUNDS = 15;
    private static final int STAND_IN_REQUESTS = 60_000;
    private static final int POINTS_OF_CHART = 60;
    private static final int PHASE_BITS = 40; // each pattern has other keys

    private static final Goal RECOVERED_GOAL = Goal.atLeast(-2.0);

    private static final List<Caches> CACHES =
            List.of(Caches.EMBEDDED, Caches.MEMCACHED, Caches.CAFFEINE, Caches.CAFFEINE_SMALL, Caches.LRU, Caches.MIN);

    /** A phase: its name, keys, and first request within the whole trace. */
    private record Phase(String name, long[] keys, int footprint, int start) {
        int end() {
            return start + keys.length;
        }

        /** Returns the first request after the first footprint of requests. */
        int second() {
            return Math.min(end(), start + footprint);
        }

        int third() {
            return Math.min(end(), start + 2 * footprint);
        }
    }

    private final List<Phase> phases = new ArrayList<>();

    private PatternChange() {}

    static void run(BenchOptions options, Report report) throws IOException {
        PatternChange change = new PatternChange();
        KeyTrace sprite = recorded(options, "lirs-sprite");
        KeyTrace multi = recorded(options, "lirs-multi1");
        boolean isRecorded = sprite != null && multi != null;
        KeyTrace first = sprite != null && isRecorded ? sprite : GeneratedTraces.zipf(STAND_IN_REQUESTS);
        KeyTrace third = multi != null && isRecorded ? multi : GeneratedTraces.scans(STAND_IN_REQUESTS);
        change.add(first.name(), first.keys(), 0);
        long[] loop = new long[LOOP_KEYS * LOOP_ROUNDS];
        Arrays.setAll(loop, i -> i % LOOP_KEYS);
        change.add("loop", loop, 1);
        change.add(third.name(), third.keys(), 2);
        change.add(first.name() + " again", first.keys(), 0);
        change.measure(options, report);
    }

    private static @Nullable KeyTrace recorded(BenchOptions options, String name) throws IOException {
        Path folder = options.traces();
        return folder == null ? null : KeyTrace.readNamed(folder, name);
    }

    private void add(String name, long[] keys, long pattern) {
        long[] distinct =
                Arrays.stream(keys).map(key -> pattern << PHASE_BITS | key).toArray();
        int footprint = (int) Arrays.stream(distinct).distinct().count();
        phases.add(new Phase(
                name,
                distinct,
                footprint,
                phases.isEmpty() ? 0 : phases.get(phases.size() - 1).end()));
    }

    private void measure(BenchOptions options, Report report) throws IOException {
        System.out.println("... change of pattern");
        long[] keys = phases.stream()
                .flatMapToLong(phase -> Arrays.stream(phase.keys))
                .toArray();
        KeyTrace whole = KeyTrace.ofEqualSizes("change", keys, VALUE_BYTES);
        Map<Caches, BitSet> hits = new EnumMap<>(Caches.class);
        for (Caches cache : CACHES) {
            BitSet ofCache = cache.hits(whole, LIMIT_BYTES, options.jvmFlags());
            if (!ofCache.isEmpty()) {
                hits.put(cache, ofCache);
            }
        }
        report.paragraph("### Change of the access pattern");
        report.chart(chart(hits, keys.length));
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("phase", "requests", "keys"));
        hits.keySet().forEach(cache -> head.add(cache.title()));
        head.addAll(List.of("this, phase alone", "second, points over alone", "target"));
        rows.add(head);
        for (Phase phase : phases) {
            rows.add(row(phase, hits, options, report));
        }
        report.table(rows);
        report.paragraph(
                "Hit ratios in percent: of the first requests of the phase, as many as it has keys / of the second as many / of all others. About a thousand items of "
                        + VALUE_BYTES + " bytes fit. `alone`: the same phase in an empty cache.");
    }

    private static List<String> row(Phase phase, Map<Caches, BitSet> hits, BenchOptions options, Report report)
            throws IOException {
        BitSet alone = Caches.EMBEDDED.hits(
                KeyTrace.ofEqualSizes(phase.name, phase.keys, VALUE_BYTES), LIMIT_BYTES, options.jvmFlags());
        List<String> row = new ArrayList<>(
                List.of(phase.name, Integer.toString(phase.keys.length), Integer.toString(phase.footprint)));
        hits.values().forEach(ofCache -> row.add(ratios(ofCache, phase, phase.start)));
        row.add(ratios(alone, phase, 0));
        BitSet embedded = hits.getOrDefault(Caches.EMBEDDED, new BitSet());
        double points = percent(embedded, phase.second(), phase.third())
                - percent(alone, phase.second() - phase.start, phase.third() - phase.start);
        row.add(String.format(Locale.ROOT, "%+.2f", points));
        row.add(report.goal(
                "change to " + phase.name + ": points over the phase alone after one footprint",
                RECOVERED_GOAL,
                points));
        return row;
    }

    private static String ratios(BitSet hits, Phase phase, int start) {
        int shift = start - phase.start;
        return String.format(
                Locale.ROOT,
                "%.1f / %.1f / %.1f",
                percent(hits, start, phase.second() + shift),
                percent(hits, phase.second() + shift, phase.third() + shift),
                percent(hits, phase.third() + shift, phase.end() + shift));
    }

    private static double percent(BitSet hits, int start, int end) {
        return 100.0 * hits.get(start, end).cardinality() / (end - start);
    }

    private static LineChart chart(Map<Caches, BitSet> hits, int requests) {
        LineChart chart = new LineChart("Change of the access pattern", "request", "hit ratio, %", false, false);
        int step = requests / POINTS_OF_CHART;
        hits.forEach((cache, ofCache) -> {
            for (int start = 0; start + step <= requests; start += step) {
                chart.add(cache.title(), start + step / 2.0, percent(ofCache, start, start + step));
            }
        });
        return chart;
    }
}
