package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Counter;
import io.github.embeddedmemcached.protocol.ClassCounters.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * Writes the answers to {@code stats}: every name that memcached 1.6.45 has, in its order, since monitoring tools ask for them.
 * What only a slab allocator, an LRU crawler or a flash tier could count is 0, and what can't be set shows memcached's default.
 */
final class StatsReport {
    private final StatSink sink;

    StatsReport(StatSink sink) {
        this.sink = sink;
    }

    /** Reports as the text protocol does: {@code STAT <name> <value>}, a line each. */
    StatsReport(ReplyBuffer output) {
        this(lines(output));
    }

    /** Statistics as lines of the text protocol. */
    // STAT <name> <value>\r\n
    static StatSink lines(ReplyBuffer output) {
        return (name, value) -> {
            String line = value.isEmpty() ? "STAT " + name + "\r\n" : "STAT " + name + " " + value + "\r\n";
            output.put(line.getBytes(StandardCharsets.ISO_8859_1));
        };
    }

    /** What is answered when no part is named. */
    void general(ServerState state) {
        CacheStatistics cache = state.cache().statistics();
        process(state);
        connections(state);
        commands(cache);
        put("auth_cmds", state.loginTries());
        put("auth_errors", state.loginFailures());
        traffic(state, cache);
        put("hash_power_level", Long.numberOfTrailingZeros(Long.highestOneBit(cache.indexBytes() / Long.BYTES)));
        put("hash_bytes", cache.indexBytes());
        notKept("hash_is_expanding");
        background(state);
        notKept("malloc_fails");
        log(state);
        notKept("unexpected_napi_ids", "round_robin_fallback");
        items(state, cache);
    }

    private void process(ServerState state) {
        put("pid", ProcessHandle.current().pid());
        put("uptime", state.uptimeSeconds());
        put("time", state.timeSeconds());
        put("version", ServerState.VERSION);
        put("libevent", "none");
        put("pointer_size", 64);
        ProcessTimes times = ProcessTimes.read();
        put("rusage_user", seconds(times.user()));
        put("rusage_system", seconds(times.system()));
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%d.%06d", duration.toSeconds(), duration.toNanosPart() / 1000);
    }

    private void connections(ServerState state) {
        put("max_connections", state.settings().maxConnections());
        put("curr_connections", state.openConnections());
        put("total_connections", state.acceptedConnections());
        put("rejected_connections", state.rejectedConnections());
        put("connection_structures", state.openConnections());
        ConnectionMemory memory = state.connectionMemory();
        put("response_obj_oom", memory.responseOutOfMemory());
        put("response_obj_count", memory.responseCount());
        put("response_obj_bytes", memory.responseBytes());
        put("read_buf_count", memory.readCount());
        put("read_buf_bytes", memory.readBytes());
        notKept("read_buf_bytes_free");
        put("read_buf_oom", memory.readOutOfMemory());
        notKept("reserved_fds");
    }

    private void commands(CacheStatistics cache) {
        put("cmd_get", cache.get(Counter.GET_HITS) + cache.get(Counter.GET_MISSES));
        put(cache, Counter.CMD_SET, Counter.CMD_FLUSH, Counter.CMD_TOUCH, Counter.CMD_META);
        put(
                cache,
                Counter.GET_HITS,
                Counter.GET_MISSES,
                Counter.GET_EXPIRED,
                Counter.GET_FLUSHED,
                Counter.DELETE_MISSES,
                Counter.DELETE_HITS,
                Counter.INCR_MISSES,
                Counter.INCR_HITS,
                Counter.DECR_MISSES,
                Counter.DECR_HITS,
                Counter.CAS_MISSES,
                Counter.CAS_HITS,
                Counter.CAS_BADVAL,
                Counter.TOUCH_HITS,
                Counter.TOUCH_MISSES,
                Counter.STORE_TOO_LARGE,
                Counter.STORE_NO_MEMORY);
    }

    private void traffic(ServerState state, CacheStatistics cache) {
        if (state.settings().idleTimeoutSeconds() > 0) {
            put("idle_kicks", state.idleKicks());
        }
        put("bytes_read", state.bytesRead());
        put("bytes_written", state.bytesWritten());
        put("limit_maxbytes", cache.limitBytes());
        if (cache.limitBytes() < cache.requestedLimitBytes()) {
            put("limit_maxbytes_requested", cache.requestedLimitBytes()); // memcached always gets what it asks for
        }
        put("accepting_conns", 1);
        put("listen_disabled_num", state.listenerPauses());
        notKept("time_in_listen_disabled_us");
        put("threads", state.settings().threads());
        put("conn_yields", state.turnsYielded());
    }

    private void log(ServerState state) {
        Watchers watchers = state.watchers();
        notKept("log_worker_dropped");
        put("log_worker_written", watchers.linesWritten());
        put("log_watcher_skipped", watchers.linesSkipped());
        put("log_watcher_sent", watchers.linesSent());
        put("log_watchers", watchers.count());
        if (state.settings().tlsEnabled()) {
            put("ssl_handshake_errors", state.tlsHandshakeErrors());
            put("ssl_proto_errors", state.tlsProtocolErrors());
            put("time_since_server_cert_refresh", state.secondsSinceCertificates());
        }
    }

    private void background(ServerState state) {
        if (state.settings().shows(BackgroundTask.SLAB_REASSIGN)) {
            notKept(
                    "slab_reassign_rescues",
                    "slab_reassign_chunk_rescues",
                    "slab_reassign_inline_reclaim",
                    "slab_reassign_busy_items",
                    "slab_reassign_busy_deletes",
                    "slab_reassign_busy_nomem",
                    "slab_reassign_last_busy_status",
                    "slab_reassign_running",
                    "slabs_moved");
        }
        if (state.tuning().lruCrawler) {
            notKept("lru_crawler_running");
            put("lru_crawler_starts", state.crawlerStarts());
        }
        if (state.settings().shows(BackgroundTask.LRU_MAINTAINER)) {
            notKept("lru_maintainer_juggles");
        }
    }

    private void items(ServerState state, CacheStatistics cache) {
        boolean segmented = state.settings().shows(BackgroundTask.LRU_MAINTAINER);
        put("bytes", cache.itemBytes());
        put("curr_items", cache.items());
        put(cache, Counter.TOTAL_ITEMS);
        notKept("slab_global_page_pool");
        put(cache, Counter.EXPIRED_UNFETCHED, Counter.EVICTED_UNFETCHED);
        if (segmented) {
            notKept("evicted_active");
        }
        put(cache, Counter.EVICTIONS, Counter.RECLAIMED);
        if (cache.get(Counter.PARTITION_RESETS) > 0) {
            put(cache, Counter.PARTITION_RESETS); // not one of memcached's, and hardly ever seen
        }
        put("crawler_reclaimed", state.classes().sum(Event.CRAWLER_RECLAIMED));
        put("crawler_items_checked", state.classes().sum(Event.CRAWLER_ITEMS_CHECKED));
        notKept("lrutail_reflocked");
        if (segmented) {
            notKept("moves_to_cold", "moves_to_warm", "moves_within_lru", "direct_reclaims", "lru_bumps_dropped");
        }
    }

    /** What is answered to "stats settings". */
    void settings(ServerState state) {
        ServerSettings settings = state.settings();
        Cache cache = state.cache();
        put("maxbytes", cache.memoryLimitBytes());
        put("maxconns", settings.maxConnections());
        put("tcpport", settings.port());
        put("udpport", settings.udpPort());
        put("inter", settings.bindAddress().isEmpty() ? "NULL" : settings.bindAddress());
        put("verbosity", state.verbosity());
        put("oldest", 0);
        put("evictions", cache.evicts() ? "on" : "off");
        put("domain_socket", settings.unixSocket().isEmpty() ? "NULL" : settings.unixSocket());
        put("umask", Integer.toOctalString(settings.unixSocketPermissions()));
        put("shutdown_command", settings.shutdownEnabled());
        fixed("growth_factor 1.25", "chunk_size 48");
        put("num_threads", settings.threads());
        put("num_threads_per_udp", settings.threads());
        put("stat_key_prefix", String.valueOf(settings.prefixDelimiter()));
        put("detail_enabled", state.prefixes().isOn());
        put("reqs_per_event", settings.requestsPerTurn());
        put("cas_enabled", cache.raw().hasCasUniques() ? "yes" : "no");
        put("tcp_backlog", settings.backlog());
        put("binding_protocol", settings.protocol().statsName());
        boolean hasUsers = state.credentials() != null;
        put("auth_enabled_sasl", hasUsers && settings.protocol() != WireProtocol.ASCII ? "yes" : "no");
        put("auth_enabled_ascii", hasUsers && settings.protocol() != WireProtocol.BINARY ? "yes" : "no");
        put("item_size_max", cache.itemSizeMaxBytes());
        put("maxconns_fast", settings.rejectsExcessConnections() ? "yes" : "no");
        fixed("hashpower_init 0");
        tuning(state.tuning(), settings);
        put("idle_timeout", settings.idleTimeoutSeconds());
        fixed("watcher_logbuf_size 262144", "worker_logbuf_size 65536");
        put("read_buf_mem_limit", state.connectionMemory().limitBytes());
        fixed(
                "track_sizes no",
                "inline_ascii_response no",
                "ext_item_size 512",
                "ext_item_age 4294967295",
                "ext_low_ttl 0");
        fixed("ext_recache_rate 2000", "ext_wbuf_size 4194304", "ext_compact_under 0", "ext_drop_under 0");
        fixed("ext_max_sleep 1000000", "ext_max_frag 0.80");
        put("slab_automove_freeratio", decimal("%.3f", state.tuning().automoveFreeRatio));
        fixed("ext_drop_unread no");
        put("ssl_enabled", settings.tlsEnabled() ? "yes" : "no");
        fixed("ssl_chain_cert (null)", "ssl_key (null)", "ssl_verify_mode 0", "ssl_keyformat 1");
        fixed("ssl_ciphers NULL", "ssl_ca_cert NULL", "ssl_wbuf_size 16384", "ssl_session_cache no");
        fixed("ssl_kernel_tls no", "ssl_min_version tlsv1.2", "num_napi_ids (null)", "memory_file (null)");
        fixed("client_flags_size 4");
    }

    private void tuning(Tuning tuning, ServerSettings settings) {
        put("slab_reassign", settings.shows(BackgroundTask.SLAB_REASSIGN));
        put("slab_automove", tuning.automove);
        put("slab_automove_ratio", decimal("%.2f", tuning.automoveRatio));
        put("slab_automove_window", tuning.automoveWindow);
        fixed("slab_chunk_max 524288");
        put("lru_crawler", tuning.lruCrawler);
        put("lru_crawler_sleep", tuning.crawlerSleepMicros);
        put("lru_crawler_tocrawl", tuning.crawlerToCrawl);
        fixed("tail_repair_time 0");
        put("flush_enabled", settings.flushEnabled());
        put("dump_enabled", settings.dumpEnabled());
        fixed("hash_algorithm murmur3");
        put("lru_maintainer_thread", settings.shows(BackgroundTask.LRU_MAINTAINER));
        put("lru_segmented", tuning.segmented);
        put("hot_lru_pct", tuning.hotPercent);
        put("warm_lru_pct", tuning.warmPercent);
        put("hot_max_factor", decimal("%.2f", tuning.hotFactor));
        put("warm_max_factor", decimal("%.2f", tuning.warmFactor));
        put("temp_lru", tuning.temporaryLru);
        put("temporary_ttl", tuning.temporaryTtlSeconds);
    }

    private static String decimal(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    private void put(String name, boolean on) {
        put(name, on ? "yes" : "no");
    }

    private void put(CacheStatistics cache, Counter... counters) {
        for (Counter counter : counters) {
            put(counter.name().toLowerCase(Locale.ROOT), cache.get(counter));
        }
    }

    private void put(String name, long value) {
        put(name, Long.toString(value));
    }

    private void put(String name, String value) {
        sink.put(name, value);
    }

    /** Lines whose value never changes, as name and value. */
    private void fixed(String... namesAndValues) {
        for (String nameAndValue : namesAndValues) {
            int space = nameAndValue.indexOf(' ');
            put(nameAndValue.substring(0, space), nameAndValue.substring(space + 1));
        }
    }

    /** Counters of things that don't exist here. */
    private void notKept(String... names) {
        for (String name : names) {
            put(name, 0);
        }
    }
}
