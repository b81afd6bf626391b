package io.github.embeddedmemcached.bench.load;

import java.util.Locale;

/**
 * The requests that a load generator sends, passed between processes as one line of text.
 *
 * @param port the server's port on the loopback address
 * @param serverPid the process id of the server, whose CPU time is measured
 * @param connections number of connections
 * @param depth requests pipelined on a connection; the next ones are sent when all replies have arrived
 * @param keys number of keys, starting with {@code key0000000000}; each request chooses one at random
 * @param valueBytes size of each value
 * @param getPercent percentage of gets; the other requests are sets
 * @param keysPerGet keys of each get, not for meta commands
 * @param protocol the kind of requests
 * @param tls whether connections are encrypted
 * @param seconds duration of the measurement
 * @param ratePerSecond requests per second in an open loop, or 0 for a closed loop
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
        Protocol protocol,
        boolean tls,
        double seconds,
        double ratePerSecond) {

    /** Returns this spec for another server. */
    public LoadSpec withServer(int otherPort, long otherPid) {
        return with(otherPort, otherPid, seconds, ratePerSecond);
    }

    /** Returns this spec with another duration. */
    public LoadSpec withSeconds(double otherSeconds) {
        return with(port, serverPid, otherSeconds, ratePerSecond);
    }

    /** Returns this spec with another rate, for an open loop. */
    public LoadSpec withRate(double requestsPerSecond) {
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
                protocol,
                tls,
                seconds,
                ratePerSecond);
    }

    /** Returns a line for {@link #parse}. */
    public String toLine() {
        return String.format(
                Locale.ROOT,
                "%d %d %d %d %d %d %d %d %s %b %f %f",
                port,
                serverPid,
                connections,
                depth,
                keys,
                valueBytes,
                getPercent,
                keysPerGet,
                protocol,
                tls,
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
                Protocol.valueOf(words[8]),
                Boolean.parseBoolean(words[9]),
                Double.parseDouble(words[10]),
                Double.parseDouble(words[11]));
    }
}
