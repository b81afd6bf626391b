package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.engine.CaffeineStore;
import io.github.embeddedmemcached.bench.engine.Store;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import io.github.embeddedmemcached.bench.wire.ServerProcess;
import java.io.IOException;
import java.util.BitSet;
import java.util.List;

/** The caches and policies whose hits are compared. */
public enum Caches {
    /** This cache, in-process. */
    EMBEDDED("this"),
    /** This cache as a server. */
    EMBEDDED_SERVER("this server"),
    /** A real memcached. */
    MEMCACHED("memcached"),
    /** Caffeine; the weights of entries are the heap that they occupy. */
    CAFFEINE("Caffeine"),
    /** Caffeine; the weights of entries are about those of this cache, which compares only the policies. */
    CAFFEINE_SMALL("Caffeine, small items"),
    /** A simulation of LRU. */
    LRU("LRU"),
    /** A simulation of the optimum. */
    MIN("MIN");

    /** With less, memcached has only one or two pages for each slab class, so that its policy has no effect. */
    public static final int MEGABYTES_MIN = 4;

    /** Overhead per item in Caffeine's weights that is about that of this cache. */
    static final int SMALL_OVERHEAD = 32;

    private final String title;

    Caches(String title) {
        this.title = title;
    }

    /** Returns the name in reports. */
    public String title() {
        return title;
    }

    /**
     * Replays a trace cache-aside and returns which requests were hits; servers get the limit in whole megabytes. Returns no bits if
     * memcached is not installed.
     */
    public BitSet replay(KeyTrace trace, long bytes, List<String> jvmFlags) throws IOException {
        int megabytes = (int) (bytes >> 20);
        return switch (this) {
            case EMBEDDED -> inProcess(trace, Store.create("embedded", bytes));
            case CAFFEINE -> inProcess(trace, CaffeineStore.withImmediateEviction(bytes, CaffeineStore.OWN_BYTES));
            case CAFFEINE_SMALL -> inProcess(trace, CaffeineStore.withImmediateEviction(bytes, SMALL_OVERHEAD));
            case EMBEDDED_SERVER -> overTheWire(trace, ServerKind.EMBEDDED, megabytes, jvmFlags);
            case MEMCACHED -> overTheWire(trace, ServerKind.MEMCACHED, megabytes, jvmFlags);
            case LRU -> ReferencePolicies.lru(trace, bytes);
            case MIN -> ReferencePolicies.min(trace, bytes);
        };
    }

    /** Returns the hit ratio, or NaN if memcached is not installed. */
    public double hitRatio(KeyTrace trace, long bytes, List<String> jvmFlags) throws IOException {
        return isAvailable()
                ? (double) replay(trace, bytes, jvmFlags).cardinality() / trace.requests()
                : Double.NaN;
    }

    private boolean isAvailable() {
        return this != MEMCACHED || ServerKind.MEMCACHED.isAvailable();
    }

    private static BitSet inProcess(KeyTrace trace, Store<?> store) {
        try (store) {
            return new Replay(trace).inProcess(store);
        }
    }

    private static BitSet overTheWire(KeyTrace trace, ServerKind kind, int megabytes, List<String> jvmFlags)
            throws IOException {
        if (!kind.isAvailable()) {
            return new BitSet();
        }
        try (ServerProcess server = ServerProcess.start(kind, jvmFlags, megabytes)) {
            return new Replay(trace).overTheWire(server.port());
        }
    }
}
