package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.Item;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.TypedCache;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.management.ObjectName;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Servers of a cache that the application owns. */
@Timeout(60)
class SharedCacheTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-01-01T00:00:00Z"));
    private final Cache cache = Cache.builder().clock(clock).build();
    private final EmbeddedMemcached memcached = serve(cache);

    @AfterEach
    void close() {
        cache.checkIntegrity();
        memcached.close();
        cache.close();
    }

    private static EmbeddedMemcached serve(Cache cache) {
        return EmbeddedMemcached.builder().cache(cache).threads(1).start();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private SocketClient connect() throws IOException {
        return SocketClient.connect(memcached.address());
    }

    /** Sends commands to a server, and returns the replies. */
    private static String send(EmbeddedMemcached server, String commands) throws IOException {
        try (SocketClient client = SocketClient.connect(server.address())) {
            return client.send(commands + "\r\nquit\r\n").readUntilClosed();
        }
    }

    private String send(String commands) throws IOException {
        return send(memcached, commands);
    }

    // ---- items

    @Test
    void shouldShareItemsWithAClient() throws Exception {
        MemcachedClient client = new MemcachedClient(memcached.address());
        try {
            TypedCache<String, Long> visits = cache.typed(Codecs.utf8(), Codecs.decimal());
            visits.set("visits", 41L);
            assertThat(client.incr("visits", 1)).isEqualTo(42);
            assertThat(visits.get("visits")).isEqualTo(42);

            cache.set("text", bytes("from the application"), MINUTE);
            assertThat(client.get("text")).isEqualTo("from the application");
            client.set("text", 60, "from a client").get();
            assertThat(cache.get("text")).isEqualTo(bytes("from a client"));
        } finally {
            client.shutdown();
        }
        assertThat(memcached.cache()).isSameAs(cache);
    }

    @Test
    void shouldShowFlagsAndTimeToLiveToClients() throws IOException {
        cache.setItem("k", Item.of(bytes("value")).withFlags(0x80000007).withTimeToLive(MINUTE));
        assertThat(send("mg k t f v\r\nget k"))
                .isEqualTo("VA 5 t60 f2147483655\r\nvalue\r\nVALUE k 2147483655 5\r\nvalue\r\nEND\r\n");
    }

    @Test
    void shouldReportChangesByClientsToRemovalListeners() throws IOException {
        List<String> removals = new CopyOnWriteArrayList<>();
        cache.addRemovalListener(removal -> removals.add(removal.cause() + " " + removal.keyText()));
        cache.set("a", bytes("1"));
        cache.set("b", bytes("1"));
        assertThat(send("delete a\r\nset b 0 0 1\r\n2\r\nflush_all")).isEqualTo("DELETED\r\nSTORED\r\nOK\r\n");
        assertThat(removals)
                .containsExactly(
                        RemovalCause.DELETED + " a", RemovalCause.REPLACED + " b", RemovalCause.FLUSHED + " b");
    }

    @Test
    void shouldKeepTheValueOfAClientThatIsStoredDuringALoad() throws Exception {
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch stored = new CountDownLatch(1);
        ExecutorService loader = Executors.newSingleThreadExecutor();
        try {
            Future<?> load = loader.submit(() -> cache.get("k", MINUTE, key -> {
                loading.countDown();
                stored.await();
                return bytes("old");
            }));
            loading.await();
            assertThat(send("set k 0 0 3\r\nnew")).isEqualTo("STORED\r\n");
            stored.countDown();
            load.get();
            assertThat(cache.get("k")).isEqualTo(bytes("new"));
        } finally {
            loader.shutdownNow();
        }
    }

    @Test
    void shouldNotShowItemsWithLongKeys() throws IOException {
        String longKey = "l".repeat(251);
        cache.set(longKey, bytes("1"));
        cache.set("short", bytes("1"));
        assertThat(send("lru_crawler mgdump all")).isEqualTo("OK\r\nmg short\r\nEN\r\n");
        assertThat(send("lru_crawler metadump all")).contains("key=short ").doesNotContain("ll");
        StringBuilder dumps = new StringBuilder();
        for (int id = 1; id < 64; id++) {
            dumps.append("stats cachedump ").append(id).append(" 0\r\n");
        }
        assertThat(send(dumps + "mn")).contains("ITEM short ").doesNotContain("ll");
        try (SocketClient watcher = connect()) {
            watcher.send("watch evictions\r\n").expect("OK\r\n");
            cache.evict(longKey);
            cache.evict("short");
            StringBuilder line = new StringBuilder();
            for (int c = watcher.input().read(); c > '\n'; c = watcher.input().read()) {
                line.append((char) c);
            }
            assertThat(line).contains("type=eviction key=short ");
        }
    }

    // ---- settings and statistics of the cache

    @Test
    void shouldApplyTheLimitsOfTheCache() throws IOException {
        try (Cache small = Cache.builder()
                        .memoryLimitBytes(4 << 20)
                        .maxItemSizeBytes(2048)
                        .eviction(false)
                        .casEnabled(false)
                        .build();
                EmbeddedMemcached server = serve(small)) {
            assertThat(send(server, "set k 0 0 3000\r\n" + "x".repeat(3000)))
                    .isEqualTo("SERVER_ERROR object too large for cache\r\n");
            assertThat(send(server, "stats settings"))
                    .contains("STAT maxbytes 4194304\r\n", "STAT item_size_max 2048\r\n")
                    .contains("STAT evictions off\r\n", "STAT cas_enabled no\r\n");
            assertThat(send(server, "stats")).contains("STAT limit_maxbytes 4194304\r\n");
        }
    }

    @Test
    void shouldShowTheStatisticsOfTheCache() throws IOException {
        cache.set("k", bytes("1"));
        assertThat(cache.get("none")).isNull();
        assertThat(send("get k\r\nstats"))
                .contains("STAT cmd_set 1\r\n", "STAT get_hits 1\r\n", "STAT get_misses 1\r\n")
                .contains("STAT curr_items 1\r\n", "STAT curr_connections 1\r\n");
        assertThat(cache.statistics().get(Statistic.GET_HITS)).isEqualTo(1);
    }

    @Test
    void shouldUseTheClockOfTheCache() throws IOException {
        assertThat(memcached.clock()).isSameAs(clock);
        try (SocketClient client = connect()) {
            client.send("set k 0 60 1\r\nx\r\n").expect("STORED\r\n");
            memcached.clock().advance(MINUTE);
            client.send("get k\r\n").expect("END\r\n");
        }
        assertThat(send("stats")).contains("STAT uptime 60\r\n", "STAT time 1767225660\r\n");
    }

    @Test
    void shouldServeACacheWithAnotherClock() throws IOException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
        try (Cache other = Cache.builder().clock(now::get).build();
                EmbeddedMemcached server = serve(other)) {
            other.set("k", bytes("1"), MINUTE);
            now.set(now.get().plusSeconds(60));
            assertThat(send(server, "get k\r\nstats")).startsWith("END\r\n").contains("STAT uptime 60\r\n");
            assertThatThrownBy(server::clock)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the clock of the application's cache is not a TestClock: build the cache with one");
        }
    }

    @Test
    void shouldNameServersAndCachesIndependently() throws Exception {
        try (Cache named = Cache.builder().name("SharedCacheTest-cache").build()) {
            EmbeddedMemcached server = EmbeddedMemcached.builder()
                    .cache(named)
                    .name("SharedCacheTest-server")
                    .start();
            assertThat(server.toString()).startsWith("EmbeddedMemcached[SharedCacheTest-server: ");
            assertThat(named.toString()).startsWith("Cache[SharedCacheTest-cache: ");
            assertThat(beans())
                    .containsExactlyInAnyOrder("Cache SharedCacheTest-cache", "Server SharedCacheTest-server");
            server.close();
            assertThat(beans()).containsExactly("Cache SharedCacheTest-cache");
        }
        assertThat(beans()).isEmpty();
    }

    private static List<String> beans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer()
                .queryNames(new ObjectName("io.github.embeddedmemcached:name=SharedCacheTest*,*"), null)
                .stream()
                .map(name -> name.getKeyProperty("type") + " " + name.getKeyProperty("name"))
                .toList();
    }

    // ---- several servers

    @Test
    void shouldServeOneCacheByTwoServers() throws IOException {
        try (EmbeddedMemcached second = serve(cache);
                SocketClient client = connect()) {
            client.send("set k 0 0 1\r\n1\r\n").expect("STORED\r\n");
            assertThat(send(second, "incr k 1\r\nstats"))
                    .startsWith("2\r\n")
                    .contains("STAT curr_connections 1\r\n", "STAT total_connections 1\r\n", "STAT cmd_set 1\r\n");
            assertThat(send(second, "cache_memlimit 8\r\nflush_all")).isEqualTo("OK\r\nOK\r\n");
            assertThat(cache.memoryLimitBytes()).isEqualTo(8 << 20);
            client.send("get k\r\n").expect("END\r\n");
            assertThat(send("stats settings")).contains("STAT maxbytes 8388608\r\n");
            second.stop();
            client.send("get k\r\n").expect("END\r\n");
        }
        assertThat(send("get k")).isEqualTo("END\r\n");
    }

    // ---- what is rejected

    @Test
    void shouldKeepTheItemsOnRestart() throws IOException {
        cache.set("k", bytes("1"));
        memcached.stop();
        cache.set("l", bytes("2"));
        memcached.restart(Items.KEPT);
        assertThat(send("get k l")).isEqualTo("VALUE k 0 1\r\n1\r\nVALUE l 0 1\r\n2\r\nEND\r\n");
    }

    @Test
    void shouldRefuseToDropTheItems() throws IOException {
        cache.set("k", bytes("1"));
        assertThatThrownBy(memcached::restart)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot restart the server without its items, because the application owns the cache: "
                        + "restart it with Items.KEPT instead");
        assertThatThrownBy(() -> memcached.restart(Items.DROPPED)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(memcached::reset)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cannot reset the server, because the application owns the cache: reset the cache instead");
        assertThat(send("get k")).isEqualTo("VALUE k 0 1\r\n1\r\nEND\r\n");
    }

    @Test
    void shouldRejectSettingsOfACache(@TempDir Path folder) {
        assertRejected("memoryLimitBytes", builder -> builder.memoryLimitBytes(64 << 20));
        assertRejected("maxItemSizeBytes", builder -> builder.maxItemSizeBytes(1 << 20));
        assertRejected("eviction", builder -> builder.eviction(true));
        assertRejected("clock", builder -> builder.clock(clock));
        assertRejected("restoreFrom", builder -> builder.restoreFrom(folder.resolve("file")));
        assertRejected("persistTo", builder -> builder.persistTo(folder.resolve("file")));
        assertRejected("saveEvery", builder -> builder.saveEvery(MINUTE));
        assertRejected("saveAtShutdown", builder -> builder.saveAtShutdown(false));
    }

    private void assertRejected(String name, Consumer<EmbeddedMemcachedBuilder> setting) {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder();
        setting.accept(builder);
        assertThatThrownBy(() -> builder.cache(cache).start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(name + " can't be combined with cache: it is a setting of the cache, so call it on"
                        + " Cache.builder()");
    }

    @Test
    void shouldRejectASharedCacheInACluster() {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().cache(cache);
        assertThatThrownBy(() -> EmbeddedMemcachedCluster.start(1, builder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the nodes of a cluster can't share a cache: each has its own items");
    }
}
