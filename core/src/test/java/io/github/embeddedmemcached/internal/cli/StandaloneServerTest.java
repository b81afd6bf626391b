package io.github.embeddedmemcached.internal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.server.InterceptorChain;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.MemcachedServers;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.internal.view.CacheServers;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class StandaloneServerTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private static MemcachedServer start(String... options) {
        List<String> arguments = new ArrayList<>(List.of("-p", "-1"));
        arguments.addAll(List.of(options));
        return CommandLine.parse(arguments.toArray(String[]::new)).start(line -> {});
    }

    private static SocketClient connect(MemcachedServer server) throws IOException {
        return SocketClient.connect(Objects.requireNonNull(server.address()));
    }

    @Test
    void shouldExecuteDebugtimeOnlyIfEnabled() throws IOException {
        try (MemcachedServer memcached = start("-o", "debug_time");
                SocketClient client = connect(memcached)) {
            client.send("set k 0 100 3\r\nabc\r\n").expect("STORED\r\n");
            client.send("debugtime p\r\ndebugtime 98\r\nget k\r\n").expect("OK\r\nOK\r\nVALUE k 0 3\r\nabc\r\nEND\r\n");
            client.send("debugtime 2\r\nget k\r\n").expect("OK\r\nEND\r\n");
        }
        try (EmbeddedMemcached memcached = EmbeddedMemcached.start();
                SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("debugtime 98\r\n").expect("ERROR\r\n");
        }
    }

    @Test
    void shouldAdvanceFreezeAndResumeServerClockByDebugtime() throws IOException {
        TestClock clock = new TestClock(() -> START);
        DebugClock debugClock = new DebugClock(clock);
        CacheEngine cache = new CacheEngine(EngineSettings.defaults().clock(clock));
        try (MemcachedServer debugged = new MemcachedServer(
                        MemcachedServers.config(),
                        cache,
                        new CacheServers(),
                        clock,
                        debugClock,
                        new InterceptorChain(),
                        cache::clear);
                SocketClient client = connect(debugged)) {
            client.send("debugtime p\r\ndebugtime 90\r\n").expect("OK\r\nOK\r\n");
            assertThat(clock.isFrozen()).isTrue();
            assertThat(clock.instant()).isEqualTo(START.plusSeconds(90));
            client.send("debugtime r\r\n").expect("OK\r\n");
            assertThat(clock.isFrozen()).isFalse();
        }
    }

    @Test
    void shouldOmitStatisticsOfDisabledBackgroundTasks() throws IOException {
        assertThat(statistics()).hasSize(93);
        assertThat(statistics("-o", "no_lru_crawler,no_lru_maintainer"))
                .hasSize(84)
                .noneMatch(
                        line -> line.contains("lru_crawler") || line.contains("moves_to") || line.contains("juggles"));
        assertThat(statistics("-o", "no_modern")).noneMatch(line -> line.contains("slab_reassign"));
    }

    private static List<String> statistics(String... options) throws IOException {
        try (MemcachedServer memcached = start(options);
                SocketClient client = connect(memcached)) {
            client.send("stats\r\nquit\r\n");
            return client.readUntilClosed()
                    .lines()
                    .filter(line -> line.startsWith("STAT "))
                    .toList();
        }
    }
}
