package io.github.embeddedmemcached.internal.stats;

import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.statistics.EngineStatistics;
import io.github.embeddedmemcached.internal.session.BackgroundTask;
import io.github.embeddedmemcached.internal.session.ClassCounters.Event;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.Tuning;
import io.github.embeddedmemcached.internal.watch.Watchers;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.internal.wire.StatSink;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * Writes the replies to {@code stats} and {@code stats settings}, with all names of memcached 1.6.45 in its order, because
 * monitoring tools read them. Counters that only a slab allocator, an LRU crawler or a flash tier can have are 0. Options that
 * cannot be set have memcached's default.
 */
public final class StatsReport {
    private final StatSink sink;

    public StatsReport(StatSink sink) {
        this.sink = sink;
    }

    /** Creates a report in the format of the text protocol. */
    public StatsReport(ReplyBuffer output) {
        this(lines(output));
    }

    /** Returns a sink that writes lines of the text protocol. */
    // STAT <name> <value>\r\n
    public static StatSink lines(ReplyBuffer output) {
        return (name, value) -> {
            String line = value.isEmpty() ? "STAT " + name + "\r\n" : "STAT " + name + " " + value + "\r\n";
            output.put(line.getBytes(StandardCharsets.ISO_8859_1));
        };
    }

    /** Writes the reply to {@code stats} without an argument. */
    public void general(ServerContext context) {
        EngineStatistics cache = context.cache().statistics();
        process(context);
        connections(context);
        commands(cache);
        put("auth_cmds", context.authentication().attempts());
        put("auth_errors", context.authentication().failures());
        traffic(context, cache);
        put("hash_power_level", Long.numberOfTrailingZeros(Long.highestOneBit(cache.indexBytes() / Long.BYTES)));
        put("hash_bytes", cache.indexBytes());
        zeros("hash_is_expanding");
        background(context);
        zeros("malloc_fails");
        log(context);
        zeros("unexpected_napi_ids", "round_robin_fallback");
        items(context, cache);
    }

    private void process(ServerContext context) {
        put("pid", ProcessHandle.current().pid());
        put("uptime", context.time().uptimeSeconds());
        put("time", context.time().unixSeconds());
        put("version", MemcachedVersion.TEXT);
        put("libevent", "none");
        put("pointer_size", 64);
        ProcessTimes times = ProcessTimes.read();
        put("rusage_user", seconds(times.user()));
        put("rusage_system", seconds(times.system()));
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%d.%06d", duration.toSeconds(), duration.toNanosPart() / 1000);
    }

    private void connections(ServerContext context) {
        put("max_connections", context.settings().get(ServerOption.MAX_CONNECTIONS));
        put("curr_connections", context.counters().openConnections());
        put("total_connections", context.counters().acceptedConnections());
        put("rejected_connections", context.counters().rejectedConnections());
        put("connection_structures", context.counters().openConnections());
        ConnectionMemory memory = context.connectionMemory();
        put("response_obj_oom", memory.responseOutOfMemory());
        put("response_obj_count", memory.responseCount());
        put("response_obj_bytes", memory.responseBytes());
        put("read_buf_count", memory.readCount());
        put("read_buf_bytes", memory.readBytes());
        zeros("read_buf_bytes_free");
        put("read_buf_oom", memory.readOutOfMemory());
        zeros("reserved_fds");
    }

    private void commands(EngineStatistics cache) {
        put("cmd_get", cache.get(Statistic.GET_HITS) + cache.get(Statistic.GET_MISSES));
        put(cache, Statistic.CMD_SET, Statistic.CMD_FLUSH, Statistic.CMD_TOUCH, Statistic.CMD_META);
        put(
                cache,
                Statistic.GET_HITS,
                Statistic.GET_MISSES,
                Statistic.GET_EXPIRED,
                Statistic.GET_FLUSHED,
                Statistic.DELETE_MISSES,
                Statistic.DELETE_HITS,
                Statistic.INCR_MISSES,
                Statistic.INCR_HITS,
                Statistic.DECR_MISSES,
                Statistic.DECR_HITS,
                Statistic.CAS_MISSES,
                Statistic.CAS_HITS,
                Statistic.CAS_BADVAL,
                Statistic.TOUCH_HITS,
                Statistic.TOUCH_MISSES,
                Statistic.STORE_TOO_LARGE,
                Statistic.STORE_NO_MEMORY);
    }

    private void traffic(ServerContext context, EngineStatistics cache) {
        if (context.settings().get(ServerOption.IDLE_TIMEOUT_SECONDS) > 0) {
            put("idle_kicks", context.counters().idleKicks());
        }
        put("bytes_read", context.counters().bytesRead());
        put("bytes_written", context.counters().bytesWritten());
        put("limit_maxbytes", cache.limitBytes());
        if (cache.limitBytes() < cache.requestedLimitBytes()) {
            put(
                    "limit_maxbytes_requested",
                    cache.requestedLimitBytes()); // not in memcached, whose memory limit is never reduced
        }
        put("accepting_conns", 1);
        put("listen_disabled_num", context.counters().listenerPauses());
        zeros("time_in_listen_disabled_us");
        put("threads", context.settings().get(ServerOption.THREADS));
        put("conn_yields", context.counters().turnsYielded());
    }

    private void log(ServerContext context) {
        Watchers watchers = context.watchers();
        zeros("log_worker_dropped");
        put("log_worker_written", watchers.linesWritten());
        put("log_watcher_skipped", watchers.linesSkipped());
        put("log_watcher_sent", watchers.linesSent());
        put("log_watchers", watchers.count());
        if (context.settings().get(ServerOption.TLS_ENABLED)) {
            put("ssl_handshake_errors", context.counters().tlsHandshakeErrors());
            put("ssl_proto_errors", context.counters().tlsProtocolErrors());
            put("time_since_server_cert_refresh", context.hooks().secondsSinceCertificates());
        }
    }

    private void background(ServerContext context) {
        if (context.settings().isEnabled(BackgroundTask.SLAB_REASSIGN)) {
            zeros(
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
        if (context.tuning().lruCrawler) {
            zeros("lru_crawler_running");
            put("lru_crawler_starts", context.counters().crawlerStarts());
        }
        if (context.settings().isEnabled(BackgroundTask.LRU_MAINTAINER)) {
            zeros("lru_maintainer_juggles");
        }
    }

    private void items(ServerContext context, EngineStatistics cache) {
        boolean segmented = context.settings().isEnabled(BackgroundTask.LRU_MAINTAINER);
        put("bytes", cache.itemBytes());
        put("curr_items", cache.items());
        put(cache, Statistic.TOTAL_ITEMS);
        zeros("slab_global_page_pool");
        put(cache, Statistic.EXPIRED_UNFETCHED, Statistic.EVICTED_UNFETCHED);
        if (segmented) {
            zeros("evicted_active");
        }
        put(cache, Statistic.EVICTIONS, Statistic.RECLAIMED);
        if (cache.get(Statistic.PARTITION_RESETS) > 0) {
            put(cache, Statistic.PARTITION_RESETS); // not in memcached; only after an internal error
        }
        put("crawler_reclaimed", context.classes().sum(Event.CRAWLER_RECLAIMED));
        put("crawler_items_checked", context.classes().sum(Event.CRAWLER_ITEMS_CHECKED));
        zeros("lrutail_reflocked");
        if (segmented) {
            zeros("moves_to_cold", "moves_to_warm", "moves_within_lru", "direct_reclaims", "lru_bumps_dropped");
        }
    }

    /** Writes the reply to {@code stats settings}. */
    public void settings(ServerContext context) {
        ServerSettings settings = context.settings();
        CacheEngine cache = context.cache();
        put("maxbytes", cache.memoryLimitBytes());
        put(settings, ServerOption.MAX_CONNECTIONS);
        put(settings, ServerOption.PORT);
        put(settings, ServerOption.UDP_PORT);
        put(settings, ServerOption.BIND_ADDRESS);
        put("verbosity", context.trace().verbosity());
        put("oldest", 0);
        put("evictions", cache.evicts() ? "on" : "off");
        put(settings, ServerOption.UNIX_SOCKET);
        put(settings, ServerOption.UNIX_SOCKET_PERMISSIONS);
        put(settings, ServerOption.SHUTDOWN_ENABLED);
        fixed("growth_factor 1.25", "chunk_size 48");
        put(settings, ServerOption.THREADS);
        put("num_threads_per_udp", settings.get(ServerOption.THREADS));
        put(settings, ServerOption.PREFIX_DELIMITER);
        put("detail_enabled", context.prefixes().isEnabled());
        put(settings, ServerOption.REQUESTS_PER_TURN);
        put("cas_enabled", cache.hasCasUniques() ? "yes" : "no");
        put(settings, ServerOption.BACKLOG);
        put(settings, ServerOption.PROTOCOL);
        boolean hasUsers = context.authentication().isRequired();
        put("auth_enabled_sasl", hasUsers && settings.get(ServerOption.PROTOCOL) != WireProtocol.ASCII ? "yes" : "no");
        put(
                "auth_enabled_ascii",
                hasUsers && settings.get(ServerOption.PROTOCOL) != WireProtocol.BINARY ? "yes" : "no");
        put("item_size_max", cache.maxItemSizeBytes());
        put(settings, ServerOption.REJECTS_EXCESS_CONNECTIONS);
        fixed("hashpower_init 0");
        tuning(context.tuning(), settings);
        put(settings, ServerOption.IDLE_TIMEOUT_SECONDS);
        fixed("watcher_logbuf_size 262144", "worker_logbuf_size 65536");
        put("read_buf_mem_limit", context.connectionMemory().limitBytes());
        fixed(
                "track_sizes no",
                "inline_ascii_response no",
                "ext_item_size 512",
                "ext_item_age 4294967295",
                "ext_low_ttl 0");
        fixed("ext_recache_rate 2000", "ext_wbuf_size 4194304", "ext_compact_under 0", "ext_drop_under 0");
        fixed("ext_max_sleep 1000000", "ext_max_frag 0.80");
        put("slab_automove_freeratio", decimal("%.3f", context.tuning().automoveFreeRatio));
        fixed("ext_drop_unread no");
        put(settings, ServerOption.TLS_ENABLED);
        fixed("ssl_chain_cert (null)", "ssl_key (null)", "ssl_verify_mode 0", "ssl_keyformat 1");
        fixed("ssl_ciphers NULL", "ssl_ca_cert NULL", "ssl_wbuf_size 16384", "ssl_session_cache no");
        fixed("ssl_kernel_tls no", "ssl_min_version tlsv1.2", "num_napi_ids (null)");
        put(settings, ServerOption.MEMORY_FILE);
        fixed("client_flags_size 4");
    }

    private void tuning(Tuning tuning, ServerSettings settings) {
        put("slab_reassign", settings.isEnabled(BackgroundTask.SLAB_REASSIGN));
        put("slab_automove", tuning.automove);
        put("slab_automove_ratio", decimal("%.2f", tuning.automoveRatio));
        put("slab_automove_window", tuning.automoveWindow);
        fixed("slab_chunk_max 524288");
        put("lru_crawler", tuning.lruCrawler);
        put("lru_crawler_sleep", tuning.crawlerSleepMicros);
        put("lru_crawler_tocrawl", tuning.crawlerToCrawl);
        fixed("tail_repair_time 0");
        put(settings, ServerOption.FLUSH_ENABLED);
        put(settings, ServerOption.DUMP_ENABLED);
        fixed("hash_algorithm murmur3");
        put("lru_maintainer_thread", settings.isEnabled(BackgroundTask.LRU_MAINTAINER));
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

    private <T> void put(ServerSettings settings, ServerOption<T> option) {
        put(option.statsName(), option.format(settings.get(option)));
    }

    private void put(String name, boolean on) {
        put(name, on ? "yes" : "no");
    }

    private void put(EngineStatistics cache, Statistic... counters) {
        for (Statistic counter : counters) {
            put(counter.name().toLowerCase(Locale.ROOT), cache.get(counter));
        }
    }

    private void put(String name, long value) {
        put(name, Long.toString(value));
    }

    private void put(String name, String value) {
        sink.put(name, value);
    }

    /** Writes constant values. Each argument is a name and a value, separated by a space. */
    private void fixed(String... namesAndValues) {
        for (String nameAndValue : namesAndValues) {
            int space = nameAndValue.indexOf(' ');
            put(nameAndValue.substring(0, space), nameAndValue.substring(space + 1));
        }
    }

    /** Writes 0 for counters of features that this server does not have. */
    private void zeros(String... names) {
        for (String name : names) {
            put(name, 0);
        }
    }
}
