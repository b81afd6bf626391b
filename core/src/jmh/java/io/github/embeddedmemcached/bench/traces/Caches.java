package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.engine.CaffeineStore;
import io.github.embeddedmemcached.bench.engine.Store;
import io.github.embeddedmemcached.bench.load.BlockingClient;
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
     * The result of a replay.
     *
     * @param hits which requests were hits; none if memcached is not installed
     * @param allocatedBytes the memory that memcached has allocated for items, 0 for the others
     */
    public record Result(BitSet hits, double allocatedBytes) {}

    /** Replays a trace cache-aside; servers get the limit in whole megabytes. */
    Result replay(KeyTrace trace, long bytes, List<String> jvmFlags) throws IOException {
        int megabytes = (int) (bytes >> 20);
        return switch (this) {
            case EMBEDDED_SERVER -> overTheWire(trace, ServerKind.EMBEDDED, megabytes, jvmFlags);
            case MEMCACHED -> overTheWire(trace, ServerKind.MEMCACHED, megabytes, jvmFlags);
            default -> new Result(hits(trace, bytes, jvmFlags), 0);
        };
    }

    /**
     * Replays a trace cache-aside and returns which requests were hits; servers get the limit in whole megabytes. Returns no bits if
     * memcached is not installed.
     */
    public BitSet hits(KeyTrace trace, long bytes, List<String> jvmFlags) throws IOException {
        return switch (this) {
            case EMBEDDED -> inProcess(trace, Store.create("embedded", bytes));
            case CAFFEINE -> inProcess(trace, CaffeineStore.withImmediateEviction(bytes, CaffeineStore.OWN_BYTES));
            case CAFFEINE_SMALL -> inProcess(trace, CaffeineStore.withImmediateEviction(bytes, SMALL_OVERHEAD));
            case LRU -> ReferencePolicies.lru(trace, bytes);
            case MIN -> ReferencePolicies.min(trace, bytes);
            case EMBEDDED_SERVER, MEMCACHED -> replay(trace, bytes, jvmFlags).hits;
        };
    }

    private static BitSet inProcess(KeyTrace trace, Store<?> store) {
        try (store) {
            return new Replay(trace).inProcess(store);
        }
    }

    private static Result overTheWire(KeyTrace trace, ServerKind kind, int megabytes, List<String> jvmFlags)
            throws IOException {
        if (!kind.isAvailable()) {
            return new Result(new BitSet(), 0);
        }
        try (ServerProcess server = ServerProcess.start(kind, jvmFlags, megabytes);
                BlockingClient client = new BlockingClient(server.port())) {
            BitSet hits = new Replay(trace).overTheWire(client);
            boolean isMemcached = kind == ServerKind.MEMCACHED;
            return new Result(hits, isMemcached ? client.statistic("slabs", "total_malloced") : 0);
        }
    }
}
