package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import io.github.embeddedmemcached.bench.load.Protocol;
import io.github.embeddedmemcached.bench.report.Goal;
import java.util.ArrayList;
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
 * @param goal the goal for the ratio to memcached, or to canned replies if {@code isGoalOfLimit}
 * @param isGoalOfLimit whether the goal is for the ratio to canned replies
 */
record WireScenario(
        String id,
        String title,
        Metric metric,
        LoadSpec spec,
        int megabytes,
        List<String> options,
        boolean hasLimit,
        Goal goal,
        boolean isGoalOfLimit) {

    private static final int KEYS = 100_000;
    private static final int SMALL = CannedServer.VALUE_BYTES;
    private static final int CONNECTIONS = 50;
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
        List<WireScenario> all = new ArrayList<>(List.of(
                small(
                        "mixed",
                        "one request at a time, 90% get 10% set",
                        Metric.CPU,
                        new Work(1, 90, 1, Protocol.CLASSIC),
                        Goal.atMost(0.85)),
                small(
                        "sets",
                        "one request at a time, sets only",
                        Metric.CPU,
                        new Work(1, 0, 1, Protocol.CLASSIC),
                        Goal.atMost(0.95)),
                small(
                        "classic16",
                        "classic gets and sets, pipelined 16 deep",
                        Metric.RATE,
                        new Work(16, 90, 1, Protocol.CLASSIC),
                        Goal.atLeast(0.85)),
                small(
                        "meta16",
                        "meta gets and sets, pipelined 16 deep",
                        Metric.RATE,
                        new Work(16, 90, 1, Protocol.META),
                        Goal.atLeast(1.4)),
                small(
                        "multiget",
                        "gets of 100 keys",
                        Metric.RATE,
                        new Work(1, 100, 100, Protocol.CLASSIC),
                        Goal.atLeast(3)),
                small(
                        "binaryget",
                        "binary gets of 100 keys",
                        Metric.RATE,
                        new Work(1, 100, 100, Protocol.BINARY),
                        Goal.atLeast(3))));
        for (boolean isTls : new boolean[] {false, true}) {
            for (int connections : isTls ? new int[] {CONNECTIONS} : new int[] {1, CONNECTIONS}) {
                String suffix = isTls ? "-tls" : "-" + connections;
                String title = isTls ? ", TLS" : connections == 1 ? ", 1 connection" : "";
                for (int getPercent : new int[] {100, 0}) {
                    String id = getPercent == 0 ? "set" : "get";
                    all.add(large(
                            id + "100k" + suffix,
                            id + "s of 100 KiB" + title,
                            new Large(KIB_100, 1_000, getPercent, connections, isTls)));
                    all.add(large(
                            id + "1m" + suffix,
                            id + "s of 1 MiB" + title,
                            new Large(MIB, 200, getPercent, connections, isTls)));
                }
            }
        }
        return all;
    }

    /** A load with small values. */
    record Work(int depth, int getPercent, int keysPerGet, Protocol protocol) {
        LoadSpec spec() {
            return new LoadSpec(0, 0, CONNECTIONS, depth, KEYS, SMALL, getPercent, keysPerGet, protocol, false, 1, 0);
        }
    }

    /** Returns the typical load: 50 connections, one request at a time, 100,000 keys, 100-byte values, nine gets for each set. */
    static LoadSpec typical() {
        return new Work(1, 90, 1, Protocol.CLASSIC).spec();
    }

    private static WireScenario small(String id, String title, Metric metric, Work work, Goal goal) {
        boolean isBinary = work.protocol == Protocol.BINARY;
        boolean isGoalOfLimit = id.equals("classic16");
        return new WireScenario(id, title, metric, work.spec(), 256, List.of(), !isBinary, goal, isGoalOfLimit);
    }

    /** A load with large values. */
    private record Large(int valueBytes, int keys, int getPercent, int connections, boolean isTls) {}

    private static WireScenario large(String id, String title, Large load) {
        LoadSpec spec = new LoadSpec(
                0,
                0,
                load.connections,
                1,
                load.keys,
                load.valueBytes,
                load.getPercent,
                1,
                Protocol.CLASSIC,
                load.isTls,
                1,
                0);
        List<String> options = new ArrayList<>(List.of("-I", "4m"));
        if (load.isTls) {
            options.addAll(ServerProcess.tlsOptions());
        }
        return new WireScenario(id, title, Metric.BYTES, spec, 1024, options, false, Goal.atLeast(1.0), false);
    }
}
