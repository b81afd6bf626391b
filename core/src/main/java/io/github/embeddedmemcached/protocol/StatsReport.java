package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheStatistics;
import io.github.embeddedmemcached.cache.Counter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * Writes the answers to {@code stats}: every name that memcached 1.6.45 has, in its order, since monitoring tools ask for them.
 * What only a slab allocator, an LRU crawler or a flash tier could count is 0, and what can't be set shows memcached's default.
 */
final class StatsReport {
    private final ReplyBuffer output;
    private final StringBuilder line = new StringBuilder();

    StatsReport(ReplyBuffer output) {
        this.output = output;
    }

    /** What is answered when no part is named. */
    void general(ServerState state) {
        CacheStatistics cache = state.cache().statistics();
        process(state);
        connections(state);
        commands(cache);
        traffic(state, cache);
        notKept(
                "hash_power_level",
                "hash_bytes",
                "hash_is_expanding",
                "slab_reassign_rescues",
                "slab_reassign_chunk_rescues",
                "slab_reassign_inline_reclaim",
                "slab_reassign_busy_items",
                "slab_reassign_busy_deletes",
                "slab_reassign_busy_nomem",
                "slab_reassign_last_busy_status",
                "slab_reassign_running",
                "slabs_moved",
                "lru_crawler_running",
                "lru_crawler_starts",
                "lru_maintainer_juggles",
                "malloc_fails",
                "log_worker_dropped",
                "log_worker_written",
                "log_watcher_skipped",
                "log_watcher_sent",
                "log_watchers",
                "unexpected_napi_ids",
                "round_robin_fallback");
        items(cache);
    }

    private void process(ServerState state) {
        put("pid", ProcessHandle.current().pid());
        put("uptime", state.uptimeSeconds());
        put("time", state.timeSeconds());
        put("version", ServerState.VERSION);
        put("libevent", "none");
        put("pointer_size", 64);
        // the JDK knows the sum only
        put(
                "rusage_user",
                seconds(ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO)));
        put("rusage_system", seconds(Duration.ZERO));
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
        notKept(
                "response_obj_oom",
                "response_obj_count",
                "response_obj_bytes",
                "read_buf_count",
                "read_buf_bytes",
                "read_buf_bytes_free",
                "read_buf_oom",
                "reserved_fds");
    }

    private void commands(CacheStatistics cache) {
        put("cmd_get", cache.get(Counter.GET_HITS) + cache.get(Counter.GET_MISSES));
        put(cache, Counter.CMD_SET, Counter.CMD_FLUSH, Counter.CMD_TOUCH);
        notKept("cmd_meta");
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
        notKept("auth_cmds", "auth_errors");
    }

    private void traffic(ServerState state, CacheStatistics cache) {
        if (state.settings().idleTimeoutSeconds() > 0) {
            put("idle_kicks", state.idleKicks());
        }
        put("bytes_read", state.bytesRead());
        put("bytes_written", state.bytesWritten());
        put("limit_maxbytes", cache.limitBytes());
        put("accepting_conns", 1);
        notKept("listen_disabled_num", "time_in_listen_disabled_us");
        put("threads", state.settings().threads());
        put("conn_yields", state.turnsYielded());
    }

    private void items(CacheStatistics cache) {
        put("bytes", cache.itemBytes());
        put("curr_items", cache.items());
        put(cache, Counter.TOTAL_ITEMS);
        notKept("slab_global_page_pool");
        put(cache, Counter.EXPIRED_UNFETCHED, Counter.EVICTED_UNFETCHED);
        notKept("evicted_active");
        put(cache, Counter.EVICTIONS, Counter.RECLAIMED);
        notKept(
                "crawler_reclaimed",
                "crawler_items_checked",
                "lrutail_reflocked",
                "moves_to_cold",
                "moves_to_warm",
                "moves_within_lru",
                "direct_reclaims",
                "lru_bumps_dropped");
    }

    /** What is answered to "stats settings". */
    void settings(ServerState state) {
        ServerSettings settings = state.settings();
        Cache cache = state.cache();
        put("maxbytes", cache.memoryLimitBytes());
        put("maxconns", settings.maxConnections());
        put("tcpport", settings.port());
        put("udpport", 0);
        put("inter", settings.bindAddress().isEmpty() ? "NULL" : settings.bindAddress());
        put("verbosity", state.verbosity());
        put("oldest", 0);
        put("evictions", cache.evicts() ? "on" : "off");
        fixed("domain_socket NULL", "umask 700", "shutdown_command no", "growth_factor 1.25", "chunk_size 48");
        put("num_threads", settings.threads());
        put("num_threads_per_udp", settings.threads());
        fixed("stat_key_prefix :", "detail_enabled no");
        put("reqs_per_event", settings.requestsPerTurn());
        fixed("cas_enabled yes");
        put("tcp_backlog", settings.backlog());
        fixed("binding_protocol auto-negotiate", "auth_enabled_sasl no", "auth_enabled_ascii no");
        put("item_size_max", cache.itemSizeMaxBytes());
        fixed("maxconns_fast yes", "hashpower_init 0");
        fixed("slab_reassign no", "slab_automove 0", "slab_automove_ratio 0.80", "slab_automove_window 30");
        fixed("slab_chunk_max 524288", "lru_crawler no", "lru_crawler_sleep 100", "lru_crawler_tocrawl 0");
        fixed("tail_repair_time 0", "flush_enabled yes", "dump_enabled yes", "hash_algorithm murmur3");
        fixed("lru_maintainer_thread no", "lru_segmented no", "hot_lru_pct 20", "warm_lru_pct 40");
        fixed("hot_max_factor 0.20", "warm_max_factor 2.00", "temp_lru no", "temporary_ttl 61");
        put("idle_timeout", settings.idleTimeoutSeconds());
        fixed("watcher_logbuf_size 262144", "worker_logbuf_size 65536", "read_buf_mem_limit 0", "track_sizes no");
        fixed("inline_ascii_response no", "ext_item_size 512", "ext_item_age 4294967295", "ext_low_ttl 0");
        fixed("ext_recache_rate 2000", "ext_wbuf_size 4194304", "ext_compact_under 0", "ext_drop_under 0");
        fixed("ext_max_sleep 1000000", "ext_max_frag 0.80", "slab_automove_freeratio 0.010", "ext_drop_unread no");
        fixed("ssl_enabled no", "ssl_chain_cert (null)", "ssl_key (null)", "ssl_verify_mode 0", "ssl_keyformat 1");
        fixed("ssl_ciphers NULL", "ssl_ca_cert NULL", "ssl_wbuf_size 16384", "ssl_session_cache no");
        fixed("ssl_kernel_tls no", "ssl_min_version tlsv1.2", "num_napi_ids (null)", "memory_file (null)");
        fixed("client_flags_size 4");
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
        line.setLength(0);
        line.append("STAT ").append(name).append(' ').append(value).append("\r\n");
        output.put(line.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Lines whose value never changes, as name and value. */
    private void fixed(String... namesAndValues) {
        for (String nameAndValue : namesAndValues) {
            output.put(("STAT " + nameAndValue + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** Counters of things that don't exist here. */
    private void notKept(String... names) {
        for (String name : names) {
            put(name, 0);
        }
    }
}
