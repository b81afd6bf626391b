package io.github.embeddedmemcached.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.internal.cli.DebugClock;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.PrefixStatistics;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Admin commands whose replies depend on time, settings or large amounts of data. The other ones are tested by transcripts. */
class AdminCommandsTest {
    private static final String ITEM_NAMES = "number number_hot number_warm number_cold age_hot age_warm age"
            + " mem_requested evicted evicted_nonzero evicted_time outofmemory tailrepairs reclaimed"
            + " expired_unfetched evicted_unfetched evicted_active crawler_reclaimed crawler_items_checked"
            + " lrutail_reflocked moves_to_cold moves_to_warm moves_within_lru direct_reclaims hits_to_hot"
            + " hits_to_warm hits_to_cold hits_to_temp";

    private static final String SLAB_NAMES = "chunk_size chunks_per_page total_pages total_chunks used_chunks"
            + " free_chunks free_chunks_end get_hits cmd_set delete_hits incr_hits decr_hits cas_hits cas_badval"
            + " touch_hits";

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(8 << 20).clock(clock).build();
    private final ReplyBuffer output = new ReplyBuffer();
    private ServerContext context = newContext(ServerSettings.defaults());

    @AfterEach
    void checkIntegrity() {
        cache.checkIntegrity();
    }

    private ServerContext newContext(ServerSettings settings) {
        return new ServerContext(Engines.of(cache), settings, clock);
    }

    private String send(String request) {
        ByteBuffer input = ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder reply = new StringBuilder();
        try (ClientSession session = new ClientSession(context)) {
            SessionProgress progress;
            do {
                progress = session.process(input, output);
                reply.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            } while (progress == SessionProgress.OUTPUT_FULL || progress == SessionProgress.TURN_OVER);
            return reply + (progress == SessionProgress.CLOSE ? "(closed)" : "");
        }
    }

    private Map<String, String> stats(String request) {
        Map<String, String> stats = new LinkedHashMap<>();
        for (String line : send(request + "\r\n").split("\r\n", 0)) {
            String[] words = line.split(" ", 3);
            if (!line.equals("END")) {
                assertThat(words).as(line).hasSize(3).startsWith("STAT");
                stats.put(words[1], words[2]);
            }
        }
        return stats;
    }

    private void set(String key, int valueLength, int exptimeSeconds) {
        MemcachedOperations.set(cache, key, new byte[valueLength], 0, exptimeSeconds);
    }

    @Test
    void shouldReportItemsBySlabClassLikeMemcached() {
        set("a", 1, 0);
        clock.advance(Duration.ofSeconds(4));
        set("b", 10, 0);
        set("c:d", 304, 100);
        clock.advance(Duration.ofSeconds(7));

        Map<String, String> items = stats("stats items");

        assertThat(items.keySet())
                .containsExactly(("items:1:" + ITEM_NAMES.replace(" ", " items:1:") + " items:7:"
                                + ITEM_NAMES.replace(" ", " items:7:"))
                        .split(" "));
        assertThat(items)
                .containsEntry("items:1:number", "2")
                .containsEntry("items:1:number_cold", "2")
                .containsEntry("items:1:age", "11")
                .containsEntry("items:1:mem_requested", "131")
                .containsEntry("items:7:number", "1")
                .containsEntry("items:7:age", "7")
                .containsEntry("items:7:mem_requested", "366");
    }

    @Test
    void shouldReportSlabsBySlabClassLikeMemcached() {
        assertThat(send("stats slabs\r\n")).isEqualTo("STAT active_slabs 0\r\nSTAT total_malloced 0\r\nEND\r\n");
        set("a", 1, 0);
        set("b", 10, 0);
        set("large", 600_000, 0);

        Map<String, String> slabs = stats("stats slabs");

        assertThat(slabs.keySet())
                .containsExactly(("1:" + SLAB_NAMES.replace(" ", " 1:") + " 39:" + SLAB_NAMES.replace(" ", " 39:")
                                + " active_slabs total_malloced")
                        .split(" "));
        assertThat(slabs)
                .containsEntry("1:chunk_size", "96")
                .containsEntry("1:chunks_per_page", "10922")
                .containsEntry("1:total_pages", "1")
                .containsEntry("1:total_chunks", "10922")
                .containsEntry("1:used_chunks", "2")
                .containsEntry("1:free_chunks", "10920")
                .containsEntry("39:chunk_size", "524288")
                .containsEntry("39:used_chunks", "2")
                .containsEntry("active_slabs", "2")
                .containsEntry(
                        "total_malloced", Long.toString(cache.statistics().usedBytes()));
        cache.flushAll();
        assertThat(stats("stats slabs")).containsEntry("1:used_chunks", "0").containsEntry("1:total_pages", "1");
        assertThat(stats("stats items")).isEmpty();
    }

    @Test
    void shouldCountEvictionsBySlabClass() {
        for (int i = 0; i < 20_000; i++) {
            set("key" + i, 1000, i % 2 * 500);
        }

        Map<String, String> items = stats("stats items");

        long evictions = Long.parseLong(stats("stats").get("evictions"));
        assertThat(evictions).isPositive();
        assertThat(items)
                .containsEntry("items:12:evicted", Long.toString(evictions))
                .containsEntry("items:12:evicted_unfetched", Long.toString(evictions));
        assertThat(Long.parseLong(items.get("items:12:evicted_nonzero")))
                .isBetween(evictions / 2 - 5000, evictions / 2 + 5000);
        send("stats reset\r\n");
        assertThat(stats("stats items")).containsEntry("items:12:evicted", "0");
    }

    @Test
    void shouldReclaimExpiredItemsByCrawling() {
        for (int i = 0; i < 30; i++) {
            set("kept" + i, 2, 0);
            set("expired" + i, 2, 1);
        }
        clock.advance(Duration.ofSeconds(3));
        assertThat(stats("stats slabs")).containsEntry("1:used_chunks", "60");

        assertThat(send("lru_crawler crawl 1\r\n")).isEqualTo("OK\r\n");

        assertThat(stats("stats slabs")).containsEntry("1:used_chunks", "30");
        assertThat(stats("stats items")).containsEntry("items:1:crawler_reclaimed", "30");
        assertThat(stats("stats"))
                .containsEntry("crawler_reclaimed", "30")
                .containsEntry("crawler_items_checked", "60")
                .containsEntry("lru_crawler_starts", "1")
                .containsEntry("lru_crawler_running", "0")
                .containsEntry("curr_items", "30");
    }

    @Test
    void shouldDumpItems() {
        MemcachedOperations.set(cache, "a b%", new byte[5], -1, 100);
        long now = clock.millis() / 1000;
        clock.advance(Duration.ofSeconds(50));

        assertThat(send("lru_crawler metadump all\r\nversion\r\n"))
                .isEqualTo("OK\r\nkey=a%20b%25 exp=" + (now + 100) + " la=" + now
                        + " cas=1 fetch=no cls=1 size=72 flags=4294967295 \nEND\r\nVERSION 1.6.45\r\n");
        assertThat(send("stats cachedump 1 0\r\n")).isEqualTo("ITEM a b% [5 b; " + (now + 100) + " s]\r\nEND\r\n");
        assertThat(send("stats cachedump 2 0\r\n")).isEqualTo("END\r\n");
        clock.advance(Duration.ofSeconds(50));
        assertThat(send("lru_crawler metadump all\r\n")).isEqualTo("OK\r\nEND\r\n");
    }

    @Test
    void shouldDumpBinaryKeysInBase64() {
        send("ms Zm9v 1 b\r\n1\r\n");
        assertThat(send("lru_crawler mgdump all\r\n")).isEqualTo("OK\r\nmg Zm9v b\r\nEN\r\n");
        assertThat(send("lru_crawler metadump all\r\n")).startsWith("OK\r\nkey=foo exp=-1 ");
        assertThat(send("stats cachedump 1 0\r\n")).as("not listed").isEqualTo("END\r\n");
        assertThat(send("mn\r\nlru_crawler mgdump all\r\n"))
                .as("the reply to mn is sent at once")
                .startsWith("MN\r\nOK\r\n");
    }

    @Test
    void shouldEscapeControlCharactersOfKeysInDumps() {
        send("set \u001b[31m\u007f 0 0 1\r\n1\r\n");
        assertThat(send("stats cachedump 1 0\r\n")).isEqualTo("ITEM %1B[31m%7F [1 b; 0 s]\r\nEND\r\n");
        assertThat(send("lru_crawler metadump all\r\n")).startsWith("OK\r\nkey=%1B%5B31m%7F exp=-1 ");
        assertThat(send("lru_crawler mgdump all\r\n")).isEqualTo("OK\r\nmg G1szMW1/ b\r\nEN\r\n");
        assertThat(send("mg G1szMW1/ b v\r\n")).isEqualTo("VA 1\r\n1\r\n");
        cache.flushAll();

        cache.set("a\r\nb", new byte[1]); // in the binary protocol, a key can contain any byte
        cache.set("c d", new byte[1]);
        assertThat(send("stats cachedump 1 0\r\n").lines())
                .containsExactlyInAnyOrder("ITEM a%0D%0Ab [1 b; 0 s]", "ITEM c d [1 b; 0 s]", "END");
        assertThat(send("lru_crawler mgdump all\r\n").lines())
                .containsExactlyInAnyOrder("OK", "mg YQ0KYg== b", "mg YyBk b", "EN");
    }

    @Test
    void shouldNotEscapePrintableCharactersOfKeysInDumps() {
        for (String key : List.of("\u00fcber", "latin-\u00c3\u00bc", "100%", "a\\b")) {
            send("set " + key + " 0 0 1\r\n1\r\n");
            assertThat(send("stats cachedump 1 0\r\n")).isEqualTo("ITEM " + key + " [1 b; 0 s]\r\nEND\r\n");
            assertThat(send("lru_crawler mgdump all\r\n")).isEqualTo("OK\r\nmg " + key + "\r\nEN\r\n");
            cache.flushAll();
        }
        // C1 control characters (NEL and CSI) and the right-to-left override
        cache.set("x\u0085\u009b31m\u202e\u00fc\ud83d\ude00", new byte[1]);
        assertThat(send("stats cachedump 1 0\r\n"))
                .isEqualTo("ITEM x%C2%85%C2%9B31m%E2%80%AE\u00c3\u00bc\u00f0\u009f\u0098\u0080 [1 b; 0 s]\r\nEND\r\n");
    }

    @Test
    void shouldEscapeControlCharactersOfPrefixes() {
        send("stats detail on\r\nget \u001b[2J:a\r\n");
        assertThat(send("stats detail dump\r\n")).isEqualTo("PREFIX %1B[2J get 1 hit 0 set 0 del 0\r\nEND\r\n");
    }

    @Test
    void shouldLimitCachedumpToRequestedNumberOfLines() {
        for (int i = 0; i < 50; i++) {
            set("key" + i, 1, 0);
        }
        assertThat(send("stats cachedump 1 7\r\n").lines()).hasSize(8).last().isEqualTo("END");
        assertThat(send("stats cachedump 1 0\r\n").lines()).hasSize(51);
    }

    @Test
    void shouldRejectDumpsAndWatchesAfterUnsentReplies() {
        assertThat(send("version\r\nlru_crawler metadump all\r\nversion\r\n"))
                .isEqualTo("VERSION 1.6.45\r\nERROR cannot pipeline other commands before metadump\r\n"
                        + "VERSION 1.6.45\r\n");
        assertThat(send("version\r\nlru_crawler mgdump all\r\n"))
                .endsWith("ERROR cannot pipeline other commands before mgdump\r\n");
        assertThat(send("version\r\nwatch\r\n")).endsWith("ERROR cannot pipeline other commands before watch\r\n");
        assertThat(send("get a\r\nlru_crawler metadump all\r\nwatch\r\n"))
                .as("replies to get and dumps are sent at once")
                .isEqualTo("END\r\nOK\r\nEND\r\nOK\r\n");
    }

    @Test
    void shouldDumpManyItemsToSlowReader() {
        int count = 100_000;
        Cache large = Cache.builder().clock(clock).build();
        for (int i = 0; i < count; i++) {
            large.set("key" + i, new byte[10]);
        }
        ServerContext shared = new ServerContext(Engines.of(large), ServerSettings.defaults(), clock);
        ByteBuffer input = ByteBuffer.wrap("lru_crawler metadump all\r\n".getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder reply = new StringBuilder();
        try (ClientSession session = new ClientSession(shared)) {
            SessionProgress progress;
            do {
                progress = session.process(input, output);
                assertThat(output.size()).isLessThan(ReplyBuffer.DEFAULT_HIGH_WATER + 1024);
                ByteBuffer part = ByteBuffer.allocate(10_000);
                output.drainTo(part);
                reply.append(new String(part.array(), 0, part.position(), StandardCharsets.ISO_8859_1));
            } while (progress == SessionProgress.OUTPUT_FULL || progress == SessionProgress.TURN_OVER);
            reply.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
        }
        Set<String> keys = new HashSet<>();
        Pattern.compile("key=(key\\d+) ").matcher(reply).results().forEach(found -> keys.add(found.group(1)));
        assertThat(keys).hasSize(count);
        assertThat(reply).startsWith("OK\r\n").endsWith("\nEND\r\n");
    }

    @Test
    void shouldRejectDisabledCommands() {
        context = newContext(ServerSettings.defaults()
                .with(ServerOption.FLUSH_ENABLED, false)
                .with(ServerOption.DUMP_ENABLED, false)
                .with(ServerOption.WATCH_ENABLED, false));
        set("a", 1, 0);

        assertThat(send("flush_all\r\n")).isEqualTo("CLIENT_ERROR flush_all not allowed\r\n");
        assertThat(send("flush_all abc\r\n")).isEqualTo("CLIENT_ERROR flush_all not allowed\r\n");
        assertThat(send("flush_all noreply\r\n")).isEmpty();
        assertThat(stats("stats")).containsEntry("cmd_flush", "3").containsEntry("curr_items", "1");
        assertThat(send("lru_crawler metadump all\r\n")).isEqualTo("ERROR metadump not allowed\r\n");
        assertThat(send("lru_crawler mgdump all\r\n")).isEqualTo("ERROR key dump not allowed\r\n");
        assertThat(send("stats cachedump 1 1\r\n")).isEqualTo("CLIENT_ERROR stats cachedump not allowed\r\n");
        assertThat(send("stats detail on\r\n")).isEqualTo("CLIENT_ERROR stats detail not allowed\r\n");
        assertThat(send("watch\r\n")).isEqualTo("CLIENT_ERROR watch commands not allowed\r\n");
        assertThat(stats("stats settings"))
                .containsEntry("flush_enabled", "no")
                .containsEntry("dump_enabled", "no")
                .containsEntry("shutdown_command", "no");
    }

    @Test
    void shouldDisableAndEnableCrawler() {
        assertThat(send("lru_crawler disable\r\nlru_crawler metadump all\r\nlru_crawler crawl all\r\n"))
                .isEqualTo("OK\r\nCLIENT_ERROR lru crawler disabled\r\nCLIENT_ERROR lru crawler disabled\r\n");
        assertThat(stats("stats settings")).containsEntry("lru_crawler", "no");
        assertThat(send("lru_crawler enable\r\nlru_crawler enable\r\n"))
                .isEqualTo("OK\r\nERROR failed to start lru crawler thread\r\n");
        assertThat(stats("stats settings")).containsEntry("lru_crawler", "yes");
        assertThat(send("lru_crawler crawl hash\r\n")).isEqualTo("ERROR an unknown error happened\r\n");
    }

    @Test
    void shouldReportTunedValuesInSettings() {
        assertThat(send("lru tune 10 25 0.15 3\r\nlru temp_ttl 9\r\nlru mode flat\r\nslabs automove 2\r\n"
                        + "slabs automove window 3\r\nslabs automove freeratio 0.5\r\n"))
                .isEqualTo("OK\r\n".repeat(6));

        assertThat(stats("stats settings"))
                .containsEntry("hot_lru_pct", "10")
                .containsEntry("warm_lru_pct", "25")
                .containsEntry("hot_max_factor", "0.15")
                .containsEntry("warm_max_factor", "3.00")
                .containsEntry("temp_lru", "yes")
                .containsEntry("temporary_ttl", "9")
                .containsEntry("lru_segmented", "no")
                .containsEntry("slab_automove", "2")
                .containsEntry("slab_automove_window", "3")
                .containsEntry("slab_automove_freeratio", "0.500");
        set("a", 1, 0);
        assertThat(stats("stats items")).containsEntry("items:1:number_temp", "0");
    }

    @Test
    void shouldChangeMemoryLimit() {
        for (int i = 0; i < 20_000; i++) {
            set("key" + i, 1000, 0);
        }
        long before = cache.statistics().items();

        assertThat(send("cache_memlimit 16\r\n")).isEqualTo("OK\r\n");
        for (int i = 0; i < 20_000; i++) {
            set("key" + i, 1000, 0);
        }

        assertThat(cache.statistics().items()).isGreaterThan(before * 3 / 2);
        assertThat(stats("stats")).containsEntry("limit_maxbytes", Integer.toString(16 << 20));
        assertThat(stats("stats settings")).containsEntry("maxbytes", Integer.toString(16 << 20));
        assertThat(send("cache_memlimit 8\r\n")).isEqualTo("OK\r\n");
        assertThat(cache.statistics().usedBytes()).isLessThanOrEqualTo(8 << 20);
    }

    @Test
    void shouldNotReduceMemoryLimitBelowUsedMemoryWithoutEviction() {
        Cache full = Cache.builder()
                .memoryLimitBytes(32 << 20)
                .eviction(false)
                .clock(clock)
                .build();
        for (int i = 0; i < 20_000; i++) {
            full.set("key" + i, new byte[1000]);
        }
        context = new ServerContext(Engines.of(full), ServerSettings.defaults(), clock);

        assertThat(send("cache_memlimit 8\r\n"))
                .isEqualTo("MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust\r\n");
    }

    @Test
    void shouldShutDownIfShutdownIsEnabled() {
        AtomicInteger shutdowns = new AtomicInteger();
        context = newContext(ServerSettings.defaults().with(ServerOption.SHUTDOWN_ENABLED, true));
        context.hooks().onShutdown(shutdowns::incrementAndGet);

        assertThat(send("shutdown now\r\n")).isEqualTo("CLIENT_ERROR invalid shutdown mode\r\n");
        assertThat(shutdowns).hasValue(0);
        assertThat(send("version\r\nshutdown\r\nversion\r\n")).isEqualTo("VERSION 1.6.45\r\n(closed)");
        assertThat(send("shutdown graceful\r\n")).isEqualTo("(closed)");
        assertThat(shutdowns).hasValue(2);
        assertThat(stats("stats settings")).containsEntry("shutdown_command", "yes");
    }

    @Test
    void shouldControlDebugClockIfThereIsOne() {
        assertThat(send("debugtime 1\r\n")).isEqualTo("ERROR\r\n");
        context.hooks().debugClock(new DebugClock(clock));
        set("a", 1, 100);

        assertThat(send("debugtime p\r\ndebugtime 60\r\nget a\r\ndebugtime 40\r\nget a\r\n"))
                .isEqualTo("OK\r\nOK\r\nVALUE a 0 1\r\n\0\r\nEND\r\nOK\r\nEND\r\n");
        assertThat(send("debugtime r\r\ndebugtime\r\ndebugtime x\r\n")).isEqualTo("OK\r\nERROR\r\nERROR\r\n");
    }

    @Test
    void shouldReplyWithResultOfRefreshingCertificates() {
        context.hooks().onRefreshCertificates(() -> null);
        assertThat(send("refresh_certs\r\n")).isEqualTo("OK\r\n");
        context.hooks().onRefreshCertificates(() -> "Error loading the certificate chain: no such file");
        assertThat(send("refresh_certs\r\n")).isEqualTo("Error loading the certificate chain: no such file\r\n");
    }

    @Test
    void shouldLimitNumberOfCountedPrefixes() {
        context.prefixes().enable(true);
        for (int i = 0; i < PrefixStatistics.PREFIXES_MAX + 10; i++) {
            send("get prefix" + i + ":a\r\n");
        }
        assertThat(send("stats detail dump\r\n").lines()).hasSize(PrefixStatistics.PREFIXES_MAX + 1);
        assertThat(send("get prefix0:a\r\nstats detail dump\r\n"))
                .contains("PREFIX prefix0 get 2 hit 0 set 0 del 0\r\n");
    }

    @Test
    void shouldCountPrefixesByConfiguredDelimiter() {
        context = newContext(ServerSettings.defaults()
                .with(ServerOption.PREFIX_DELIMITER, '/')
                .with(ServerOption.DETAIL_ENABLED, true));
        send("get a:b/c\r\n");
        assertThat(send("stats detail dump\r\n")).isEqualTo("PREFIX a:b get 1 hit 0 set 0 del 0\r\nEND\r\n");
        assertThat(stats("stats settings"))
                .containsEntry("stat_key_prefix", "/")
                .containsEntry("detail_enabled", "yes");
    }

    @Test
    void shouldListConnections() throws UnknownHostException {
        InetAddress ipv6 = InetAddress.getByName("2001:db8::1:0:0:5");
        context.connections().listen(new InetSocketAddress("0.0.0.0", 11211), false);
        context.connections().listen(new InetSocketAddress("127.0.0.1", 11211), true);
        int closed = context.connections().listen(UnixDomainSocketAddress.of("/tmp/closed"), false);
        context.connections().close(closed);
        context.connections().listen(UnixDomainSocketAddress.of("/tmp/socket"), false);
        ClientSession session = new ClientSession(context);
        session.transport(new FixedTransport(new InetSocketAddress(ipv6, 4000), new InetSocketAddress("::1", 11211)));
        session.process(ByteBuffer.wrap("set a 0 0 5\r\nab".getBytes(StandardCharsets.ISO_8859_1)), output);
        clock.advance(Duration.ofSeconds(3));

        assertThat(send("stats conns\r\n")).isEqualTo("""
                STAT 1:addr tcp:0.0.0.0:11211
                STAT 1:state conn_listening
                STAT 1:secs_since_last_cmd 3
                STAT 2:UDP UDP
                STAT 2:addr udp:127.0.0.1:11211
                STAT 2:state conn_read
                STAT 2:secs_since_last_cmd 3
                STAT 4:addr unix:/tmp/socket
                STAT 4:state conn_listening
                STAT 4:secs_since_last_cmd 3
                STAT 5:addr tcp6:[2001:db8::1:0:0:5]:4000
                STAT 5:listen_addr tcp6:[::1]:11211
                STAT 5:state conn_nread
                STAT 5:secs_since_last_cmd 3
                END
                """.replace("\n", "\r\n"));
        session.close();
        assertThat(send("stats conns\r\n")).doesNotContain("STAT 5:");
    }

    /** A transport with fixed addresses. */
    private final class FixedTransport implements SessionTransport {
        private final SocketAddress remote;
        private final SocketAddress local;
        private final long createdMillis = clock.elapsedMillis();

        FixedTransport(SocketAddress remote, SocketAddress local) {
            this.remote = remote;
            this.local = local;
        }

        @Override
        public SocketAddress remoteAddress() {
            return remote;
        }

        @Override
        public SocketAddress localAddress() {
            return local;
        }

        @Override
        public long lastReadMillis() {
            return createdMillis;
        }

        @Override
        public void wakeUp() {}
    }
}
