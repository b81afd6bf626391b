package io.github.embeddedmemcached.internal.session;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The verbosity of a server, and the sink for traces of commands and replies. Thread-safe. */
public final class TraceLog {
    /** The lowest verbosity at which commands and replies are traced. */
    private static final int TRACE_VERBOSITY = 2;

    private final @Nullable Consumer<String> sink;
    private volatile int verbosity;

    TraceLog(@Nullable Consumer<String> sink, int verbosity) {
        this.sink = sink;
        this.verbosity = verbosity;
    }

    /** Returns the verbosity: the value at the start, or the last one that a client has set. */
    public int verbosity() {
        return verbosity;
    }

    public void verbosity(int level) {
        verbosity = level;
    }

    /** Returns the sink if the verbosity enables traces, else null. */
    public @Nullable Consumer<String> sink() {
        return verbosity >= TRACE_VERBOSITY ? sink : null;
    }
}
