package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.report.Goal;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import java.util.List;

/**
 * A workload that is run on each server in turn.
 *
 * @param id its name on the command line
 * @param title its description in reports
 * @param metric the metric that is compared
 * @param spec the load
 * @param megabytes the memory limit
 * @param options additional options of the server
 * @param hasLimit whether {@link CannedServer} supports the load
 * @param goal the goal for the ratio to memcached
 */
record WireScenario(
        String id,
        String title,
        Metric metric,
        LoadSpec spec,
        int megabytes,
        List<String> options,
        boolean hasLimit,
        Goal goal) {

    private static final int KEYS = 100_000;
    private static final int SMALL = CannedServer.VALUE_BYTES;
    private static final int CONNECTIONS = 50;
    private static final int CONNECTIONS_LARGE = 10;
    private static final int KIB_100 = 100 << 10;
    private static final int MIB = 1 << 20;

    /** A metric of a load's result. */
    enum Metric {
        /** CPU time of all threads of the server per request. */
        CPU("CPU µs per request"),
        /** Requests per second on one core. */
        RATE("requests/s"),
        /** Bytes of values per second. */
        BYTES("MB/s of values");

        final String unit;

        Metric(String unit) {
            this.unit = unit;
        }

        double of(LoadResult result, LoadSpec spec) {
            return switch (this) {
                case CPU -> result.cpuPerRequest();
                case RATE -> result.rate();
                case BYTES -> result.rate() * spec.valueBytes() / 1e6;
            };
        }

        /** Returns how many times as good one value is as the other. */
        double timesAsGood(double one, double other) {
            return this == CPU ? other / one : one / other;
        }
    }

    /** Returns all scenarios. */
    static List<WireScenario> all() {
        return List.of(
                small(
                        "mixed",
                        "one request at a time, 90% get 10% set",
                        Metric.CPU,
                        new Work(1, 90, 1, false),
                        Goal.atMost(1.0)),
                small(
                        "sets",
                        "one request at a time, sets only",
                        Metric.CPU,
                        new Work(1, 0, 1, false),
                        Goal.atMost(0.95)),
                small(
                        "classic16",
                        "classic gets and sets, pipelined 16 deep",
                        Metric.RATE,
                        new Work(16, 90, 1, false),
                        Goal.atLeast(6)),
                small(
                        "meta16",
                        "meta gets and sets, pipelined 16 deep",
                        Metric.RATE,
                        new Work(16, 90, 1, true),
                        Goal.atLeast(1.4)),
                small("multiget", "gets of 100 keys", Metric.RATE, new Work(1, 100, 100, false), Goal.atLeast(3)),
                large("get100k", "gets of 100 KiB", KIB_100, 1_000, 100),
                large("set100k", "sets of 100 KiB", KIB_100, 1_000, 0),
                large("get1m", "gets of 1 MiB", MIB, 200, 100),
                large("set1m", "sets of 1 MiB", MIB, 200, 0));
    }

    /** A load with small values. */
    record Work(int depth, int getPercent, int keysPerGet, boolean meta) {
        LoadSpec spec() {
            return new LoadSpec(0, 0, CONNECTIONS, depth, KEYS, SMALL, getPercent, keysPerGet, meta, 1, 0);
        }
    }

    /** Returns the typical load: 50 connections, one request at a time, 100,000 keys, 100-byte values, nine gets for each set. */
    static LoadSpec typical() {
        return new Work(1, 90, 1, false).spec();
    }

    private static WireScenario small(String id, String title, Metric metric, Work work, Goal goal) {
        return new WireScenario(id, title, metric, work.spec(), 256, List.of(), true, goal);
    }

    private static WireScenario large(String id, String title, int valueBytes, int keys, int getPercent) {
        LoadSpec spec = new LoadSpec(0, 0, CONNECTIONS_LARGE, 1, keys, valueBytes, getPercent, 1, false, 1, 0);
        return new WireScenario(id, title, Metric.BYTES, spec, 1024, List.of("-I", "4m"), false, Goal.atLeast(1.0));
    }
}
