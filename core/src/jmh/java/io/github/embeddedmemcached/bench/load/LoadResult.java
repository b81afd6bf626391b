package io.github.embeddedmemcached.bench.load;

import java.util.Locale;

/**
 * What a load generator saw. Travels as one line of text between processes.
 *
 * @param requests answered requests
 * @param seconds in which they were answered
 * @param hits keys found
 * @param misses keys not found
 * @param errors answers that were none of the expected ones
 * @param serverCpuMicros CPU time of the server's process meanwhile, of all its threads
 * @param p50Micros median latency of a batch
 * @param p99Micros its 99th percentile
 * @param p999Micros its 99.9th percentile
 */
public record LoadResult(
        long requests,
        double seconds,
        long hits,
        long misses,
        long errors,
        double serverCpuMicros,
        double p50Micros,
        double p99Micros,
        double p999Micros) {

    /** Requests a second. */
    public double rate() {
        return requests / seconds;
    }

    /** CPU microseconds of the server for each request. */
    public double cpuPerRequest() {
        return serverCpuMicros / requests;
    }

    String toLine() {
        return String.format(
                Locale.ROOT,
                "%d %f %d %d %d %f %f %f %f",
                requests,
                seconds,
                hits,
                misses,
                errors,
                serverCpuMicros,
                p50Micros,
                p99Micros,
                p999Micros);
    }

    /** Reads what {@link #toLine} wrote. */
    public static LoadResult parse(String line) {
        String[] words = line.split(" ");
        return new LoadResult(
                Long.parseLong(words[0]),
                Double.parseDouble(words[1]),
                Long.parseLong(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Double.parseDouble(words[5]),
                Double.parseDouble(words[6]),
                Double.parseDouble(words[7]),
                Double.parseDouble(words[8]));
    }
}
