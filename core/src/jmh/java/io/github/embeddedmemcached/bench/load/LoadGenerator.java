package io.github.embeddedmemcached.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Generates load on a server from one thread, in one of two modes.
 *
 * <p>Closed loop: each connection sends its next batch when all replies to the last one have arrived. This finds the highest rate,
 * but hides the cost of pauses, as no requests are sent during one. Open loop: requests are due at times that do not depend on the
 * server, at random intervals for a given mean rate. A request that is due while all connections are busy waits, and its latency is
 * measured from when it was due. This mode measures latency.
 */
final class LoadGenerator implements AutoCloseable {
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LATENCY_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
    private static final long SELECT_MILLIS = 100;
    private static final long SEED = 88172645463325252L;

    private final LoadSpec spec;
    private final Selector selector;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final RequestWriter writer;
    private final ReplyReader reader;
    private final Histogram latencyNanos = new Histogram(LATENCY_NANOS_MAX, 3);
    private final Consumer<SelectionKey> onReady = this::handleReady;

    // open loop only
    private final LoadConnection[] idle;
    private int idleCount;
    private long random = SEED;

    private boolean isOpenLoop;
    private boolean isStopping;
    private boolean isMeasuring;
    private long measureStartNanos;
    private double cpuStartMicros;

    LoadGenerator(LoadSpec spec) throws IOException {
        this.spec = spec;
        writer = new RequestWriter(spec, System.nanoTime() | 1);
        reader = new ReplyReader(spec);
        idle = new LoadConnection[spec.connections()];
        selector = Selector.open();
        for (int i = 0; i < spec.connections(); i++) {
            connections.add(new LoadConnection(spec, selector, writer.batchBytesMax()));
        }
    }

    /** Generates the load described by the spec. */
    LoadResult run() throws IOException {
        isOpenLoop = spec.ratePerSecond() > 0;
        long start = System.nanoTime();
        long stop = start + WARM_UP_NANOS + (long) (spec.seconds() * 1e9);
        return isOpenLoop ? runOpen(start, stop) : runClosed(start, stop);
    }

    private LoadResult runClosed(long start, long stop) throws IOException {
        for (LoadConnection connection : connections) {
            send(connection, System.nanoTime());
        }
        while (true) {
            selector.select(onReady, SELECT_MILLIS);
            long now = System.nanoTime();
            if (now - stop >= 0) {
                return result(now);
            }
            if (!isMeasuring && now - start >= WARM_UP_NANOS) {
                startMeasuring(now);
            }
        }
    }

    private LoadResult runOpen(long start, long stop) throws IOException {
        for (LoadConnection connection : connections) {
            idle[idleCount++] = connection;
        }
        double meanGapNanos = 1e9 / spec.ratePerSecond();
        double due = 0; // nanoseconds since the start
        while (true) {
            long now = System.nanoTime();
            if (now - stop >= 0) {
                break;
            }
            if (!isMeasuring && now - start >= WARM_UP_NANOS) {
                startMeasuring(now);
            }
            while (idleCount > 0 && due <= now - start) {
                send(idle[--idleCount], start + (long) due);
                due += -Math.log(nextUniform()) * meanGapNanos;
            }
            selector.selectNow(onReady);
        }
        LoadResult atStop = result(System.nanoTime());
        drain();
        return withLatencies(atStop);
    }

    /** Waits for outstanding replies, so that the latency of slow ones is recorded too. */
    private void drain() throws IOException {
        isStopping = true;
        long start = System.nanoTime();
        while (idleCount < idle.length && System.nanoTime() - start < DRAIN_NANOS) {
            selector.select(onReady, SELECT_MILLIS);
        }
    }

    private void send(LoadConnection connection, long startNanos) throws IOException {
        connection.startNanos = startNanos;
        writer.writeBatch(connection);
        connection.flush();
    }

    private void handleReady(SelectionKey key) {
        LoadConnection connection = (LoadConnection) key.attachment();
        try {
            if (key.isWritable()) {
                connection.flush();
            }
            if (!key.isReadable()) {
                return;
            }
            do {
                int bytes = connection.read();
                if (bytes < 0) {
                    throw new IOException("the server has closed a connection");
                }
                if (bytes == 0) {
                    return;
                }
            } while (!reader.read(connection) && connection.isBuffered());
            if (connection.pending > 0) {
                return;
            }
            long now = System.nanoTime();
            if (isMeasuring) {
                latencyNanos.recordValue(Math.min(LATENCY_NANOS_MAX, now - connection.startNanos));
            }
            if (isOpenLoop) {
                idle[idleCount++] = connection;
            } else if (!isStopping) {
                send(connection, now);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void startMeasuring(long now) {
        isMeasuring = true;
        reader.reset();
        measureStartNanos = now;
        cpuStartMicros = serverCpuMicros();
    }

    private LoadResult result(long now) {
        double cpu = serverCpuMicros() - cpuStartMicros;
        double seconds = (now - measureStartNanos) / 1e9;
        return withLatencies(
                new LoadResult(reader.requests, seconds, reader.hits, reader.misses, reader.errors, cpu, 0, 0, 0));
    }

    private LoadResult withLatencies(LoadResult result) {
        return new LoadResult(
                result.requests(),
                result.seconds(),
                result.hits(),
                result.misses(),
                result.errors(),
                result.serverCpuMicros(),
                latencyNanos.getValueAtPercentile(50) / 1e3,
                latencyNanos.getValueAtPercentile(99) / 1e3,
                latencyNanos.getValueAtPercentile(99.9) / 1e3);
    }

    /** Returns the user and system time of all threads of the server; its resolution is 10 ms on Linux. */
    private double serverCpuMicros() {
        return ProcessHandle.of(spec.serverPid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .map(nanos -> nanos / 1e3)
                .orElse(Double.NaN);
    }

    /** Returns a random number in (0, 1]. */
    private double nextUniform() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return ((random >>> 11) + 1) * 0x1.0p-53;
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }
}
