package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.load.LoadProcess;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Starts and controls a {@link LoadProcess}. */
final class LoadClient implements AutoCloseable {
    private static final int WARM_UP_RUNS_MIN = 3;
    private static final int WARM_UP_RUNS_MAX = 6;

    /** With values of this size, most of the time is spent in the kernel, which needs no warm-up. */
    private static final int LARGE_VALUE_BYTES = 100 << 10;

    private static final double RATE_CHANGE_MAX = 0.03;

    /** Describes in reports how processes are pinned. */
    static final String PINNING = Core.canPin()
            ? "The server is pinned to core 0, the load to core 1."
            : "Processes are not pinned to cores: there is no taskset, or only one core.";

    private final ChildProcess process;

    private LoadClient(ChildProcess process) {
        this.process = process;
    }

    static LoadClient start() throws IOException {
        return new LoadClient(ChildProcess.startJava(Core.LOAD, List.of("-Xms256m", "-Xmx1g"), LoadProcess.class));
    }

    /** Generates load for the duration of the spec. */
    LoadResult run(LoadSpec spec) throws IOException {
        return LoadResult.parse(process.request("run " + spec.toLine()));
    }

    /** Generates load asynchronously; no other method may be called until the result is available. */
    CompletableFuture<LoadResult> begin(LoadSpec spec) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return run(spec);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Generates load until the rates of two consecutive seconds differ little, as they do when hot code is compiled. */
    void warmUp(LoadSpec spec) throws IOException {
        double last = Double.MAX_VALUE;
        int runsMax = spec.valueBytes() >= LARGE_VALUE_BYTES ? WARM_UP_RUNS_MIN : WARM_UP_RUNS_MAX;
        for (int i = 0; i < runsMax; i++) {
            LoadResult result = run(spec.withSeconds(1));
            double rate = result.rate();
            if (i >= WARM_UP_RUNS_MIN && Math.abs(rate / last - 1) < RATE_CHANGE_MAX) {
                return;
            }
            last = rate;
        }
    }

    /** Sets the first {@code keys} keys. */
    void fill(int port, int keys, int valueBytes) throws IOException {
        fill(port, keys, valueBytes, false);
    }

    /** Sets the first {@code keys} keys, with TLS or without. */
    void fill(int port, int keys, int valueBytes, boolean isTls) throws IOException {
        process.request("fill " + port + " " + keys + " " + valueBytes + " " + isTls);
    }

    /** Returns how many of the first {@code keys} keys are found. */
    int count(int port, int keys) throws IOException {
        return Integer.parseInt(process.request("count " + port + " " + keys));
    }

    /** Opens connections, sends one request on each, and keeps them idle; returns how many could be opened. */
    int hold(int port, int connections) throws IOException {
        return Integer.parseInt(process.request("hold " + port + " " + connections));
    }

    /** Closes the idle connections. */
    void release() throws IOException {
        process.request("release");
    }

    @Override
    public void close() {
        process.close();
    }
}
