package io.github.embeddedmemcached;

import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.Fault;
import io.github.embeddedmemcached.testing.FaultRule;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Tests which methods throw after close, and which have no effect so that tests can clean up. */
class ClosedTest {
    private static final byte[] VALUE = {'v'};

    private static void assertThrows(String message, ThrowingCallable... calls) {
        for (int i = 0; i < calls.length; i++) {
            assertThatThrownBy(calls[i])
                    .as("call %s", i)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void shouldRejectOperationsOfAClosedServer() {
        EmbeddedMemcached memcached = EmbeddedMemcached.start();
        FaultRule rule = memcached.faults().on(command("get")).inject(Fault.stall());
        FaultRule.Builder pendingRule = memcached.faults().on(command("get")).once();
        memcached.close();
        assertThrows(
                "the server on 127.0.0.1:" + memcached.port() + " has been closed; start another one",
                memcached::pause,
                memcached::resume,
                memcached::dropConnections,
                memcached::restart,
                () -> memcached.restart(Items.KEPT),
                memcached::reset,
                () -> memcached.faults().inject(Fault.busy()),
                () -> memcached.faults().on(command("get")),
                () -> memcached.faults().onConnect(),
                () -> pendingRule.inject(Fault.busy()),
                () -> memcached.faults().refuseConnections());
        assertThrows(
                "the server has been closed",
                () -> memcached.recording().start(),
                () -> memcached.recording().takeCommand(Duration.ofDays(1)));
        assertThat(memcached.faults().rules()).containsExactly(rule);
    }

    @Test
    void shouldPermitCleanUpAfterClose() {
        EmbeddedMemcached memcached = EmbeddedMemcached.start();
        FaultRule rule = memcached.faults().on(command("get")).inject(Fault.stall());
        memcached.close();
        assertThatCode(() -> {
                    memcached.close();
                    memcached.stop();
                    rule.remove();
                    memcached.faults().clear();
                    memcached.recording().stop();
                    memcached.recording().clear();
                    memcached.cache().close();
                })
                .doesNotThrowAnyException();
        assertThat(memcached.isRunning()).isFalse();
        assertThat(memcached.cache().statistics().items()).isZero();
        assertThat(memcached.port()).isPositive();
    }

    @Test
    void shouldReturnRecordedCommandsAfterClose() throws Exception {
        EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().recordCommands(10).start();
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("get k\r\nget l\r\n").expect("END\r\nEND\r\n");
        }
        memcached.close();
        assertThat(memcached.recording().commands()).hasSize(2);
        assertThat(memcached.recording().takeCommand(Duration.ofDays(1)))
                .isNotNull()
                .extracting(Command::key)
                .isEqualTo("k");
    }

    @Test
    void shouldRejectOperationsOfAClosedCache() {
        Cache cache = Cache.builder().build();
        cache.set("k", VALUE);
        cache.close();
        cache.close();
        assertThrows(
                "the cache has been closed",
                () -> cache.get("k"),
                () -> cache.getItem("k"),
                () -> cache.getAndTouch("k", Duration.ofSeconds(1)),
                () -> cache.set("k", VALUE),
                () -> cache.add("k", VALUE),
                () -> cache.append("k", VALUE),
                () -> cache.cas("k", VALUE, 1),
                () -> cache.delete("k"),
                () -> cache.evict("k"),
                () -> cache.touch("k", Duration.ofSeconds(1)),
                () -> cache.increment("k", 1),
                () -> cache.decrement("k", 1),
                cache::flushAll,
                cache::reset,
                cache::resetStatistics,
                () -> cache.resize(2 << 20));
        assertThat(cache.statistics().items()).isZero();
        assertThat(cache.maxItemSizeBytes()).isEqualTo(1 << 20);
        cache.checkIntegrity();
    }

    @Test
    void shouldLeaveNoItemsInACacheClosedDuringUse() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 200; round++) {
                Cache cache = Cache.builder()
                        .memoryLimitBytes(Cache.MEMORY_LIMIT_BYTES_MIN)
                        .build();
                List<Future<?>> users = List.of(executor.submit(() -> use(cache)), executor.submit(() -> use(cache)));
                cache.close();
                for (Future<?> user : users) {
                    assertThatThrownBy(user::get).hasCauseInstanceOf(IllegalStateException.class);
                }
                assertThat(cache.statistics().items()).isZero();
            }
        } finally {
            executor.shutdownNow();
        }
    }

    private static void use(Cache cache) {
        for (int i = 0; ; i++) {
            cache.set("k" + i, VALUE);
        }
    }

    @Test
    void shouldRejectOperationsOfAClosedCluster() throws IOException {
        EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(2);
        cluster.close();
        assertThrows(
                "the cluster has been closed",
                cluster::add,
                () -> cluster.remove(0),
                () -> cluster.restart(0),
                () -> cluster.restart(0, Items.KEPT),
                cluster::reset);
        assertThrows("has been closed; start another one", () -> cluster.node(0).pause());
        assertThrows("the cache has been closed", () -> cluster.node(1).cache().get("k"));
        cluster.stop(0);
        cluster.close();
        assertThat(cluster.nodes()).hasSize(2);
    }
}
