package io.github.embeddedmemcached.bench.wire;

import io.github.embeddedmemcached.bench.load.LoadProcess;
import io.github.embeddedmemcached.bench.load.LoadResult;
import io.github.embeddedmemcached.bench.load.LoadSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Tells a {@link LoadProcess} on the load's core what to do. */
public final class LoadClient implements AutoCloseable {
    private static final int WARM_UP_RUNS_MIN = 3;
    private static final int WARM_UP_RUNS_MAX = 10;
    private static final double STEADY = 0.03;

    /** What a report says of the circumstances. */
    static final String HOW = Core.canPin()
            ? "The server is pinned to core 0, the load to core 1."
            : "Nothing is pinned to a core: there is no taskset here, or no second core.";

    private final ChildProcess process;

    private LoadClient(ChildProcess process) {
        this.process = process;
    }

    public static LoadClient start() throws IOException {
        return new LoadClient(ChildProcess.startJava(Core.LOAD, List.of("-Xms256m", "-Xmx1g"), LoadProcess.class));
    }

    /** Loads a server for as long as the spec says. */
    public LoadResult run(LoadSpec spec) throws IOException {
        return LoadResult.parse(process.ask("run " + spec.toLine()));
    }

    /** Loads a server and lets the caller do something else meanwhile; only when it is done can it be told more. */
    CompletableFuture<LoadResult> begin(LoadSpec spec) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return run(spec);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Loads a server until two seconds in a row differ little, as they do when its hot code is compiled. */
    public void warmUp(LoadSpec spec) throws IOException {
        double last = Double.MAX_VALUE;
        for (int i = 0; i < WARM_UP_RUNS_MAX; i++) {
            LoadResult result = run(spec.during(1));
            double now = result.rate();
            if (i >= WARM_UP_RUNS_MIN && Math.abs(now / last - 1) < STEADY) {
                return;
            }
            last = now;
        }
    }

    /** Sets the keys from the first one on. */
    public void fill(int port, int keys, int valueBytes) throws IOException {
        process.ask("fill " + port + " " + keys + " " + valueBytes);
    }

    /** Counts the keys that are there. */
    public int count(int port, int keys) throws IOException {
        return Integer.parseInt(process.ask("count " + port + " " + keys));
    }

    /** Opens connections that ask once and then keep silent; returns how many could be opened. */
    public int hold(int port, int connections) throws IOException {
        return Integer.parseInt(process.ask("hold " + port + " " + connections));
    }

    /** Closes the connections that are held. */
    public void release() throws IOException {
        process.ask("release");
    }

    @Override
    public void close() {
        process.close();
    }
}
