package io.github.embeddedmemcached.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is to be measured and for how long, from system properties, which Maven hands on:
 *
 * <pre>
 * -Dbench=PART,..           wire, engine (or jmh), memory, pauses, traces, or all (default)
 * -Dbench.scenarios=ID,..   of the part wire: only these
 * -Dbench.long=true         long enough to quote the numbers; the default takes minutes
 * -Dbench.seconds=N         length of a round
 * -Dbench.rounds=N          rounds
 * -Dbench.java="FLAG .."    flags for the JVM of the server under load, none by default
 * -Dbench.traces=FOLDER     key traces to replay besides the made ones
 * -Djmh.args="ARG .."       JMH alone, with these arguments
 * </pre>
 *
 * @param parts what to measure; empty for all
 * @param scenarios parts of the part wire; empty for all
 * @param isLong whether to measure at length
 * @param seconds length of a round
 * @param rounds number of rounds
 * @param jvmFlags flags for the server's JVM
 * @param traces folder of key traces
 * @param output folder for the report
 * @param jmhArguments arguments of JMH; empty for this benchmark's own
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

    private static final Set<String> PARTS = Set.of("wire", "engine", "jmh", "memory", "pauses", "traces", "all");

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

    boolean wantsPart(String part) {
        return parts.isEmpty() || parts.contains(part);
    }

    /** Whether a scenario is wanted. */
    public boolean wants(String scenario) {
        return scenarios.isEmpty() || scenarios.contains(scenario);
    }

    private static String property(String name, String ifUnset) {
        String value = System.getProperty(name, "");
        return value.isEmpty() ? ifUnset : value;
    }

    private static List<String> words(String property, String separator) {
        String value = System.getProperty(property, "").strip();
        return value.isEmpty() ? List.of() : List.of(value.split(separator + "+"));
    }
}
