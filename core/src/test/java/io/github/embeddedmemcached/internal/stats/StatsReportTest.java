package io.github.embeddedmemcached.internal.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Statistics have the names of memcached 1.6.45 in its order, and the same values where the counters apply to this server. */
class StatsReportTest {
    private static final String GENERAL = "pid uptime time version libevent pointer_size rusage_user rusage_system"
            + " max_connections curr_connections total_connections rejected_connections connection_structures"
            + " response_obj_oom response_obj_count response_obj_bytes read_buf_count read_buf_bytes read_buf_bytes_free"
            + " read_buf_oom reserved_fds cmd_get cmd_set cmd_flush cmd_touch cmd_meta get_hits get_misses get_expired"
            + " get_flushed delete_misses delete_hits incr_misses incr_hits decr_misses decr_hits cas_misses cas_hits"
            + " cas_badval touch_hits touch_misses store_too_large store_no_memory auth_cmds auth_errors bytes_read"
            + " bytes_written limit_maxbytes accepting_conns listen_disabled_num time_in_listen_disabled_us threads"
            + " conn_yields hash_power_level hash_bytes hash_is_expanding slab_reassign_rescues"
            + " slab_reassign_chunk_rescues slab_reassign_inline_reclaim slab_reassign_busy_items"
            + " slab_reassign_busy_deletes slab_reassign_busy_nomem slab_reassign_last_busy_status"
            + " slab_reassign_running slabs_moved lru_crawler_running lru_crawler_starts lru_maintainer_juggles"
            + " malloc_fails log_worker_dropped log_worker_written log_watcher_skipped log_watcher_sent log_watchers"
            + " unexpected_napi_ids round_robin_fallback bytes curr_items total_items slab_global_page_pool"
            + " expired_unfetched evicted_unfetched evicted_active evictions reclaimed crawler_reclaimed"
            + " crawler_items_checked lrutail_reflocked moves_to_cold moves_to_warm moves_within_lru direct_reclaims"
            + " lru_bumps_dropped";

    private static final String SETTINGS = "maxbytes maxconns tcpport udpport inter verbosity oldest evictions"
            + " domain_socket umask shutdown_command growth_factor chunk_size num_threads num_threads_per_udp"
            + " stat_key_prefix detail_enabled reqs_per_event cas_enabled tcp_backlog binding_protocol"
            + " auth_enabled_sasl auth_enabled_ascii item_size_max maxconns_fast hashpower_init slab_reassign"
            + " slab_automove slab_automove_ratio slab_automove_window slab_chunk_max lru_crawler lru_crawler_sleep"
            + " lru_crawler_tocrawl tail_repair_time flush_enabled dump_enabled hash_algorithm lru_maintainer_thread"
            + " lru_segmented hot_lru_pct warm_lru_pct hot_max_factor warm_max_factor temp_lru temporary_ttl"
            + " idle_timeout watcher_logbuf_size worker_logbuf_size read_buf_mem_limit track_sizes"
            + " inline_ascii_response ext_item_size ext_item_age ext_low_ttl ext_recache_rate ext_wbuf_size"
            + " ext_compact_under ext_drop_under ext_max_sleep ext_max_frag slab_automove_freeratio ext_drop_unread"
            + " ssl_enabled ssl_chain_cert ssl_key ssl_verify_mode ssl_keyformat ssl_ciphers ssl_ca_cert"
            + " ssl_wbuf_size ssl_session_cache ssl_kernel_tls ssl_min_version num_napi_ids memory_file"
            + " client_flags_size";

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(8 << 20).clock(clock).build();
    private final ReplyBuffer output = new ReplyBuffer();

    private ServerContext newContext(ServerSettings settings) {
        return new ServerContext(Engines.of(cache), settings, clock);
    }

    private String send(ServerContext context, String request) {
        try (ClientSession session = new ClientSession(context)) {
            session.process(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)), output);
        }
        return new String(output.takeBytes(), StandardCharsets.ISO_8859_1);
    }

    private Map<String, String> stats(ServerContext context, String request) {
        String reply = send(context, request);
        assertThat(reply).endsWith("END\r\n");
        Map<String, String> stats = new LinkedHashMap<>();
        for (String line :
                reply.substring(0, reply.length() - "END\r\n".length()).split("\r\n", 0)) {
            String[] words = line.split(" ", 3);
            assertThat(words).hasSize(3).startsWith("STAT");
            assertThat(stats.put(words[1], words[2])).as(words[1]).isNull();
        }
        return stats;
    }

    @Test
    void shouldReportTheGeneralStatisticsInTheOrderOfMemcached() {
        assertThat(stats(newContext(ServerSettings.defaults()), "stats\r\n").keySet())
                .containsExactly(GENERAL.split(" "));
    }

    @Test
    void shouldReportIdleKicksOnlyWithAnIdleTimeout() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.IDLE_TIMEOUT_SECONDS, 5));
        context.counters().idleKicked();

        assertThat(stats(context, "stats\r\n")).containsEntry("idle_kicks", "1").hasSize(GENERAL.split(" ").length + 1);
    }

    @Test
    void shouldReportTheSettingsInTheOrderOfMemcached() {
        assertThat(stats(newContext(ServerSettings.defaults()), "stats settings\r\n")
                        .keySet())
                .containsExactly(SETTINGS.split(" "));
    }

    @Test
    void shouldReportTheOptionsOfTheServer() {
        ServerContext context = newContext(ServerSettings.defaults()
                .with(ServerOption.PORT, 1234)
                .with(ServerOption.BIND_ADDRESS, "127.0.0.1")
                .with(ServerOption.MAX_CONNECTIONS, 77)
                .with(ServerOption.THREADS, 3)
                .with(ServerOption.BACKLOG, 55)
                .with(ServerOption.IDLE_TIMEOUT_SECONDS, 9)
                .with(ServerOption.VERBOSITY, 1)
                .with(ServerOption.REQUESTS_PER_TURN, 33)
                .with(ServerOption.UNIX_SOCKET_PERMISSIONS, 0640)
                .with(ServerOption.TLS_ENABLED, true));

        assertThat(stats(context, "stats settings\r\n"))
                .containsEntry("maxbytes", Integer.toString(8 << 20))
                .containsEntry("tcpport", "1234")
                .containsEntry("inter", "127.0.0.1")
                .containsEntry("maxconns", "77")
                .containsEntry("num_threads", "3")
                .containsEntry("tcp_backlog", "55")
                .containsEntry("idle_timeout", "9")
                .containsEntry("verbosity", "1")
                .containsEntry("reqs_per_event", "33")
                .containsEntry("umask", "640")
                .containsEntry("ssl_enabled", "yes")
                .containsEntry("cas_enabled", "yes")
                .containsEntry("evictions", "on")
                .containsEntry("item_size_max", "1048576");
        send(context, "verbosity 7\r\n");
        assertThat(stats(context, "stats settings\r\n")).containsEntry("verbosity", "2");
        assertThat(stats(newContext(ServerSettings.defaults()), "stats settings\r\n"))
                .containsEntry("inter", "NULL");
    }

    @Test
    void shouldCountCommands() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, """
                set a 0 0 1
                1
                get a b a
                add a 0 0 1
                2
                incr a 1
                incr b 1
                decr a 1
                decr b 1
                touch a 0
                touch b 0
                gat 0 a b
                cas b 0 0 1 1
                1
                cas a 0 0 1 0
                1
                delete b
                set a 0 0 9999999
                """.replace("\n", "\r\n"));

        assertThat(stats(context, "stats\r\n"))
                .containsEntry("cmd_get", "3")
                .containsEntry("get_hits", "2")
                .containsEntry("get_misses", "1")
                .containsEntry("cmd_set", "4")
                .containsEntry("incr_hits", "1")
                .containsEntry("incr_misses", "1")
                .containsEntry("decr_hits", "1")
                .containsEntry("decr_misses", "1")
                .containsEntry("cas_misses", "1")
                .containsEntry("cas_badval", "1")
                .containsEntry("delete_misses", "1")
                .containsEntry("store_too_large", "1")
                .containsEntry("curr_items", "0");
    }

    @Test
    void shouldCountMetaCommandsLikeMemcached() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, """
                mg nothing
                mg nothing T30
                mg viv N30
                mg viv N30
                mg viv T30
                mg viv q k O%s
                ms a 1
                1
                ms a 1 ME
                1
                ms a 1 C1234567
                1
                ms b 1 C1
                1
                ms a 1 MA C1234567
                1
                ms a 1 MA C0
                1
                ma a
                ma nothing
                ma made N0
                ma made MD
                md nothing
                md a C1234567
                md a I
                ms a 1 I C1
                1
                md a
                me viv
                me nothing
                ms a 9999999
                """.formatted("o".repeat(32)).replace("\n", "\r\n"));

        assertThat(stats(context, "stats\r\n"))
                .containsEntry("cmd_meta", "2")
                .containsEntry("cmd_get", "4")
                .containsEntry("get_hits", "2")
                .containsEntry("get_misses", "2")
                .containsEntry("cmd_touch", "1")
                .containsEntry("touch_hits", "1")
                .containsEntry("touch_misses", "0")
                .containsEntry("cmd_set", "7")
                .containsEntry("cas_badval", "1")
                .containsEntry("cas_misses", "1")
                .containsEntry("cas_hits", "1")
                .containsEntry("incr_hits", "1")
                .containsEntry("incr_misses", "1")
                .containsEntry("decr_hits", "1")
                .containsEntry("delete_misses", "2")
                .containsEntry("delete_hits", "1")
                .containsEntry("store_too_large", "1")
                .containsEntry("total_items", "5");
    }

    @Test
    void shouldCountConnectionsAndBytesUntilReset() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.MAX_CONNECTIONS, 5));
        context.counters().connectionOpened();
        context.counters().connectionOpened();
        context.counters().connectionClosed();
        context.counters().connectionRejected();
        context.counters().bytesRead(100);
        context.counters().bytesWritten(200);
        context.counters().turnYielded();
        clock.advance(Duration.ofSeconds(90));

        assertThat(stats(context, "stats\r\n"))
                .containsEntry("max_connections", "5")
                .containsEntry("curr_connections", "1")
                .containsEntry("total_connections", "2")
                .containsEntry("rejected_connections", "1")
                .containsEntry("bytes_read", "100")
                .containsEntry("bytes_written", "200")
                .containsEntry("conn_yields", "1")
                .containsEntry("uptime", "90")
                .containsEntry("time", Long.toString(clock.millis() / 1000))
                .containsEntry("version", "1.6.45")
                .containsEntry("pid", Long.toString(ProcessHandle.current().pid()))
                .containsEntry("limit_maxbytes", Integer.toString(8 << 20));

        assertThat(send(context, "get a\r\nstats reset\r\n")).isEqualTo("END\r\nRESET\r\n");
        assertThat(stats(context, "stats\r\n"))
                .containsEntry("curr_connections", "1")
                .containsEntry("total_connections", "0")
                .containsEntry("rejected_connections", "0")
                .containsEntry("bytes_read", "0")
                .containsEntry("bytes_written", "0")
                .containsEntry("get_misses", "0")
                .containsEntry("cmd_get", "0");
    }

    @Test
    void shouldReportThatCasIsDisabled() {
        Cache withoutCas = Cache.builder().casEnabled(false).build();
        ServerContext context = new ServerContext(Engines.of(withoutCas), ServerSettings.defaults(), clock);
        assertThat(stats(context, "stats settings\r\n")).containsEntry("cas_enabled", "no");
    }

    @Test
    void shouldResetTheCountersOfTheServer() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.IDLE_TIMEOUT_SECONDS, 5));
        context.counters().idleKicked();
        send(context, "lru_crawler crawl all\r\n");
        assertThat(stats(context, "stats\r\n"))
                .containsEntry("idle_kicks", "1")
                .containsEntry("lru_crawler_starts", "1");
        send(context, "stats reset\r\n");
        assertThat(stats(context, "stats\r\n"))
                .containsEntry("idle_kicks", "0")
                .containsEntry("lru_crawler_starts", "0");
    }

    @Test
    void shouldReportTheChunksAndPagesThatItemsNeed() {
        int exactlyOneChunk = 96 - (int) Cache.itemSize(1, 0, 0);
        String value = "x".repeat(500_000) + "\r\n";
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, "set a 0 0 " + exactlyOneChunk + "\r\n" + "x".repeat(exactlyOneChunk) + "\r\n");
        for (String key : List.of("b", "c", "d")) {
            send(context, "set " + key + " 0 0 500000\r\n" + value);
        }
        assertThat(stats(context, "stats slabs\r\n"))
                .containsEntry("1:used_chunks", "1")
                .containsEntry("1:total_pages", "1")
                .containsEntry("1:free_chunks", "10921")
                .containsEntry("39:chunks_per_page", "2")
                .containsEntry("39:used_chunks", "3")
                .containsEntry("39:total_pages", "2")
                .containsEntry("39:free_chunks", "1");
    }

    @Test
    void shouldCountByPrefixOnlyWhileItIsEnabled() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, "get a:1\r\nstats detail on\r\nget a:1\r\nstats detail off\r\nget a:1\r\n");
        assertThat(send(context, "stats detail dump\r\n")).isEqualTo("PREFIX a get 1 hit 0 set 0 del 0\r\nEND\r\n");
    }

    @Test
    void shouldCountTheCommandsOnItemsOfASlabClass() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(
                context,
                "set a 0 0 1\r\n1\r\nset b 0 0 1000\r\n" + "x".repeat(1000)
                        + "\r\nget a b a\r\ngat 0 b\r\ntouch a 0\r\n");
        send(
                context,
                "incr a 1\r\nincr a 1\r\ndecr a 1\r\ncas a 0 0 1 99\r\n1\r\nset b 0 0 1000\r\n" + "x".repeat(1002));
        send(context, "gets a\r\ncas a 0 0 1 4\r\n1\r\nadd b 0 0 1\r\n1\r\nmd b\r\ndelete a\r\nmg a N30\r\nmg a v\r\n");
        assertThat(stats(context, "stats slabs\r\n"))
                .containsEntry("1:get_hits", "5")
                .containsEntry("1:cmd_set", "4")
                .containsEntry("1:delete_hits", "1")
                .containsEntry("1:incr_hits", "2")
                .containsEntry("1:decr_hits", "1")
                .containsEntry("1:cas_badval", "2")
                .containsEntry("1:cas_hits", "0")
                .containsEntry("1:touch_hits", "1")
                .containsEntry("12:get_hits", "1")
                .containsEntry("12:cmd_set", "2")
                .containsEntry("12:delete_hits", "1")
                .containsEntry("12:touch_hits", "1")
                .containsEntry("12:used_chunks", "0");
        send(context, "stats reset\r\n");
        assertThat(stats(context, "stats slabs\r\n"))
                .containsEntry("12:cmd_set", "0")
                .containsEntry("1:get_hits", "0");
    }

    @Test
    void shouldCountFlushedAndExpiredItemsWhenTheyAreLookedUp() {
        ServerContext context = newContext(ServerSettings.defaults());
        for (String key : List.of("a", "b", "c", "d", "e", "f", "g")) {
            send(context, "set " + key + " 0 0 1\r\n1\r\n");
        }
        String lookups =
                "get a a\r\nincr b 1\r\ndelete c\r\ntouch d 1\r\nset e 0 0 1\r\n1\r\nmg f v\r\nmg g N30\r\nget none\r\n";
        send(context, "flush_all\r\n" + lookups + lookups);
        assertThat(stats(context, "stats\r\n"))
                .containsEntry("get_flushed", "7")
                .containsEntry("get_expired", "0");
        for (String key : List.of("a", "b", "c", "d", "e", "f", "g")) {
            send(context, "set " + key + " 0 5 1\r\n1\r\n");
        }
        clock.advance(Duration.ofSeconds(5));
        send(context, lookups + lookups);
        Map<String, String> stats = stats(context, "stats\r\n");
        // an item whose space was reclaimed before the lookup is counted as reclaimed
        assertThat(Integer.parseInt(stats.get("get_expired")) + Integer.parseInt(stats.get("reclaimed")))
                .isEqualTo(7);
        assertThat(stats).containsEntry("get_flushed", "7");
        send(context, "flush_all\r\n");
        context.reset();
        send(context, "get e\r\n");
        assertThat(stats(context, "stats\r\n")).containsEntry("get_flushed", "0");
    }

    @Test
    void shouldCountGetsThatPrecedeStatsInAPipeline() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, "set a 0 0 1\r\n1\r\n");
        send(context, "stats reset\r\n");
        String replies = send(context, "get a b a\r\ngets b\r\nset c 0 0 1\r\n1\r\nget c\r\nstats\r\n");
        assertThat(replies).contains("STAT get_hits 3\r\n", "STAT get_misses 2\r\n", "STAT cmd_get 5\r\n");
        replies = send(context, "get a\r\nstats reset\r\nget b\r\nstats\r\n");
        assertThat(replies).contains("STAT get_hits 0\r\n", "STAT get_misses 1\r\n");
    }

    @Test
    void shouldCountGetsBeforeAConnectionIsClosed() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, "get a\r\nquit\r\n");
        send(context, "get a\r\n" + "x".repeat(10_000));
        assertThat(stats(context, "stats\r\n")).containsEntry("get_misses", "2");
    }

    @Test
    void shouldReplyOutOfMemoryLikeMemcached() {
        try (Cache full = Cache.builder()
                .memoryLimitBytes(1 << 20)
                .eviction(false)
                .clock(clock)
                .build()) {
            ServerContext context = new ServerContext(Engines.of(full), ServerSettings.defaults(), clock);
            send(context, "set nine 0 0 6\r\n999999\r\n"); // a digit more or no value changes the size of the item
            for (int length = 10_000; length > 0; length /= 10) {
                for (int i = 0; full.set("k" + length + "-" + i, new byte[length]) == StoreResult.STORED; i++) {}
            }
            assertThat(send(context, "set a 0 0 10\r\n0123456789\r\n"))
                    .isEqualTo("SERVER_ERROR out of memory storing object\r\n");
            assertThat(send(context, "ms a 10\r\n0123456789\r\n"))
                    .isEqualTo("SERVER_ERROR out of memory storing object\r\n");
            assertThat(send(context, "incr nine 1\r\n")).isEqualTo("SERVER_ERROR out of memory\r\n");
            assertThat(send(context, "ma nine\r\n")).isEqualTo("SERVER_ERROR out of memory\r\n");
            assertThat(send(context, "ma new N0\r\n")).isEqualTo("SERVER_ERROR Out of memory allocating new item\r\n");
            assertThat(send(context, "md nine x\r\n")).isEqualTo("SERVER_ERROR out of memory\r\n");
            assertThat(send(context, "get nine\r\n")).isEqualTo("VALUE nine 0 6\r\n999999\r\nEND\r\n");
            BinaryWire wire = new BinaryWire();
            assertThat(wire.decode(send(context, wire.encode("incr delta=1 initial=0 exptime=0 key=nine"))))
                    .contains("status=130")
                    .contains("value=Out of memory incrementing value");
            assertThat(wire.decode(send(context, wire.encode("incr delta=1 initial=0 exptime=0 key=new"))))
                    .contains("status=130")
                    .contains("value=Out of memory allocating new item");
            assertThat(wire.decode(send(context, wire.encode("set flags=0 exptime=0 key=a value=0123456789"))))
                    .contains("status=130")
                    .contains("value=Out of memory allocating item");
            // three commands, and the last sets of 10 bytes and of one byte in the loop above
            assertThat(stats(context, "stats items\r\n")).containsEntry("items:1:outofmemory", "5");
        }
    }
}
