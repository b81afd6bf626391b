package io.github.embeddedmemcached.bench.ttl;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Statistics of a production cache at Twitter in March 2020: <i>A large scale analysis of hundreds of in-memory cache clusters at
 * Twitter</i>, Yang, Yue, Rashmi, OSDI 2020. Values that the statistics do not contain are 0.
 *
 * @param name the name, such as cluster4
 * @param missRatio the ratio of gets that missed
 * @param keyBytes mean length of a key
 * @param valueBytes mean length of a value
 * @param requestsPerSecond requests per second
 * @param oneHitShare the share of objects that are requested once
 * @param ttls the most frequent TTLs
 * @param workingSetOfWeek size in MB of all objects requested during the week of the trace
 * @param workingSet size in MB of the objects that are in use within their TTL
 * @param operations the share of each command
 * @param skew the exponent of the popularity of keys
 */
record Cluster(
        String name,
        double missRatio,
        int keyBytes,
        int valueBytes,
        double requestsPerSecond,
        double oneHitShare,
        List<Ttl> ttls,
        double workingSetOfWeek,
        double workingSet,
        Map<String, Double> operations,
        double skew) {

    private static final String FILE = "twitter-2020Mar.tsv";
    private static final String FIRST_COLUMN = "cluster";

    /**
     * A time to live.
     *
     * @param seconds the time to live
     * @param share the share of items that have it
     */
    record Ttl(double seconds, double share) {}

    /** Reads the statistics of all clusters, by name. */
    static Map<String, Cluster> all() throws IOException {
        Map<String, Cluster> clusters = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(Cluster.class.getResourceAsStream(FILE), FILE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] columns = line.split("\t");
                if (columns[0].startsWith(FIRST_COLUMN) && !columns[0].equals(FIRST_COLUMN)) {
                    Cluster cluster = parse(columns);
                    clusters.put(cluster.name, cluster);
                }
            }
        }
        return clusters;
    }

    private static Cluster parse(String[] columns) {
        Map<String, Double> operations = new HashMap<>();
        for (String operation : columns[12].split(" ")) {
            String[] words = operation.split(":");
            if (words.length == 2) {
                operations.put(words[0], Double.parseDouble(words[1]));
            }
        }
        return new Cluster(
                columns[0],
                number(columns[1]),
                (int) number(columns[3]),
                (int) number(columns[4]),
                number(columns[5]) * 1000,
                number(columns[7]) / 100,
                parseTtls(columns[9]),
                number(columns[10]),
                number(columns[11]),
                operations,
                number(columns[13]));
    }

    private static double number(String text) {
        return text.startsWith("N") ? 0 : Double.parseDouble(text);
    }

    /** Parses {@code 1.5h:0.67, 300s:0.33,}. */
    private static List<Ttl> parseTtls(String text) {
        List<Ttl> ttls = new ArrayList<>();
        for (String part : text.split(",")) {
            String[] words = part.strip().split(":");
            if (words.length == 2) {
                int unit = words[0].length() - 1;
                double seconds = switch (words[0].charAt(unit)) {
                    case 's' -> 1;
                    case 'h' -> 3600;
                    default -> 86_400;
                };
                ttls.add(new Ttl(
                        seconds * Double.parseDouble(words[0].substring(0, unit)), Double.parseDouble(words[1])));
            }
        }
        return ttls;
    }

    /** Returns the median TTL in seconds. */
    double medianTtl() {
        List<Ttl> sorted = new ArrayList<>(ttls);
        sorted.sort((a, b) -> Double.compare(a.seconds, b.seconds));
        double half = sorted.stream().mapToDouble(Ttl::share).sum() / 2;
        for (Ttl ttl : sorted) {
            half -= ttl.share;
            if (half <= 0) {
                return ttl.seconds;
            }
        }
        throw new IllegalStateException(name + " has no TTLs");
    }

    /** Returns the share of requests that store an item. */
    double setShare() {
        double sum = 0;
        for (String command : List.of("set", "add", "cas", "prepend")) {
            sum += operations.getOrDefault(command, 0.0);
        }
        return sum;
    }
}
