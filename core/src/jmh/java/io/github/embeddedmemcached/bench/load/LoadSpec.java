package io.github.embeddedmemcached.bench.load;

import java.util.Locale;

/**
 * What a load generator is to send, to whom and for how long. Travels as one line of text between processes.
 *
 * @param port the server's port on the loopback address
 * @param serverPid the server's process, whose CPU time is accounted
 * @param connections how many
 * @param depth requests written at once on a connection; the next ones follow when all are answered
 * @param keys the keys are {@code key0000000000} and on, picked at random
 * @param valueBytes size of each value
 * @param getPercent how many of a hundred requests are gets, the others being sets
 * @param keysPerGet keys of each get, text protocol only
 * @param meta whether to speak mg and ms in place of get and set
 * @param seconds for how long to measure
 * @param ratePerSecond requests a second to send whatever the server does, or 0 to send as fast as it answers
 */
public record LoadSpec(
        int port,
        long serverPid,
        int connections,
        int depth,
        int keys,
        int valueBytes,
        int getPercent,
        int keysPerGet,
        boolean meta,
        double seconds,
        double ratePerSecond) {

    /** The same for another server. */
    public LoadSpec to(int otherPort, long otherPid) {
        return with(otherPort, otherPid, seconds, ratePerSecond);
    }

    /** The same for another time. */
    public LoadSpec during(double otherSeconds) {
        return with(port, serverPid, otherSeconds, ratePerSecond);
    }

    /** The same at a rate of its own. */
    public LoadSpec atRate(double requestsPerSecond) {
        return with(port, serverPid, seconds, requestsPerSecond);
    }

    private LoadSpec with(int port, long serverPid, double seconds, double ratePerSecond) {
        return new LoadSpec(
                port,
                serverPid,
                connections,
                depth,
                keys,
                valueBytes,
                getPercent,
                keysPerGet,
                meta,
                seconds,
                ratePerSecond);
    }

    /** One line, for {@link #parse}. */
    public String toLine() {
        return String.format(
                Locale.ROOT,
                "%d %d %d %d %d %d %d %d %b %f %f",
                port,
                serverPid,
                connections,
                depth,
                keys,
                valueBytes,
                getPercent,
                keysPerGet,
                meta,
                seconds,
                ratePerSecond);
    }

    static LoadSpec parse(String line) {
        String[] words = line.split(" ");
        return new LoadSpec(
                Integer.parseInt(words[0]),
                Long.parseLong(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]),
                Integer.parseInt(words[6]),
                Integer.parseInt(words[7]),
                Boolean.parseBoolean(words[8]),
                Double.parseDouble(words[9]),
                Double.parseDouble(words[10]));
    }
}
