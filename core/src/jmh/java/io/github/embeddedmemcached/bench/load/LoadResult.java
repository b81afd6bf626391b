package io.github.embeddedmemcached.bench.load;

import java.util.Locale;

/**
 * The measurements of a load generator, passed between processes as one line of text.
 *
 * @param requests requests with a complete reply
 * @param seconds duration of the measurement
 * @param hits keys found
 * @param misses keys not found
 * @param errors unexpected replies
 * @param serverCpuMicros CPU time of all threads of the server process during the measurement
 * @param p50Micros median latency of a batch
 * @param p99Micros 99th percentile of the latency of a batch
 * @param p999Micros 99.9th percentile of the latency of a batch
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

    /** Returns the requests per second. */
    public double rate() {
        return requests / seconds;
    }

    /** Returns the CPU time of the server per request, in microseconds. */
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

    /** Parses a line written by {@link #toLine}. */
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
