package io.github.embeddedmemcached.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of a benchmark, from system properties, which Maven passes on:
 *
 * <pre>
 * -Dbench=PART,..           wire, engine (or jmh), cache, memory, snapshot, pauses, growth, traces, policy, ttl, or all (default), which excludes
 *                           jmh and snapshot
 * -Dbench.scenarios=ID,..   scenarios of the part wire; all by default
 * -Dbench.long=true         long enough for figures to quote; the default takes minutes
 * -Dbench.seconds=N         duration of a round
 * -Dbench.rounds=N          number of rounds
 * -Dbench.java="FLAG .."    flags for the JVM of the server, none by default
 * -Dbench.traces=FOLDER     recorded key traces, for the parts traces and policy
 * -Djmh.args="ARG .."       only JMH, with these arguments
 * </pre>
 *
 * @param parts the parts to run; empty for all
 * @param scenarios scenarios of the part wire; empty for all
 * @param isLong whether to measure long enough for figures to quote
 * @param seconds duration of a round
 * @param rounds number of rounds
 * @param jvmFlags flags for the server's JVM
 * @param traces folder of key traces
 * @param output folder for the report
 * @param jmhArguments arguments of JMH; empty for those of this benchmark
 */
public record BenchOptions(
        Set<String> parts,
        Set<String> scenarios,
        boolean isLong,
        double seconds,
        int rounds,
        List<String> jvmFlags,
        @Nullable Path traces,
        Path output,
        List<String> jmhArguments) {

    private static final Set<String> PARTS = Set.of(
            "wire",
            "engine",
            "jmh",
            "cache",
            "memory",
            "snapshot",
            "pauses",
            "growth",
            "traces",
            "policy",
            "ttl",
            "all");

    /** Parts that {@code all} does not include. */
    private static final Set<String> ONLY_ON_REQUEST = Set.of("jmh", "snapshot");

    static BenchOptions fromSystemProperties() {
        boolean isLong = Boolean.getBoolean("bench.long");
        List<String> jmhArguments = words("jmh.args", " ");
        Set<String> parts = Set.copyOf(words("bench", ","));
        for (String part : parts) {
            if (!PARTS.contains(part)) {
                throw new IllegalArgumentException("-Dbench=" + part + ": choose from " + PARTS);
            }
        }
        if (parts.isEmpty() && !jmhArguments.isEmpty()) {
            parts = Set.of("jmh");
        }
        String traces = System.getProperty("bench.traces", "");
        return new BenchOptions(
                parts.contains("all") ? Set.of() : parts,
                Set.copyOf(words("bench.scenarios", ",")),
                isLong,
                Double.parseDouble(property("bench.seconds", isLong ? "3" : "1")),
                Integer.parseInt(property("bench.rounds", isLong ? "9" : "3")),
                words("bench.java", " "),
                traces.isEmpty() ? null : Path.of(traces),
                Path.of(property("bench.output", "target/bench")),
                jmhArguments);
    }

    boolean includesPart(String part) {
        return parts.isEmpty()
                ? !ONLY_ON_REQUEST.contains(part)
                : parts.contains(part) || part.equals("memory") && parts.contains("cache");
    }

    /** Returns whether a scenario is run. */
    public boolean includesScenario(String scenario) {
        return scenarios.isEmpty() || scenarios.contains(scenario);
    }

    private static String property(String name, String defaultValue) {
        String value = System.getProperty(name, "");
        return value.isEmpty() ? defaultValue : value;
    }

    private static List<String> words(String property, String separator) {
        String value = System.getProperty(property, "").strip();
        return value.isEmpty() ? List.of() : List.of(value.split(separator + "+"));
    }
}
