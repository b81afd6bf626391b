package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.RemovalCause;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.protocol.CodecPool;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tests the application's eviction listener and the eviction statistics of servers that share a cache. */
class EvictionStatisticsTest {
    private static final int SMALL = 1; // the slab class of the items in this test

    @Test
    void shouldCountIndependentlyOfTheRemovalListeners() throws IOException {
        AtomicInteger notifications = new AtomicInteger();
        try (EmbeddedMemcached server = EmbeddedMemcached.start()) {
            listen(server.cache(), notifications);
            evictOne(server.cache());
            assertThat(notifications).hasValue(1);
            assertThat(evictedNonZero(server)).isEqualTo(1);

            server.restart(EmbeddedMemcached.Items.DROPPED);
            assertThat(evictedNonZero(server)).isZero();
            evictOne(server.cache());
            assertThat(notifications).hasValue(2);
            assertThat(evictedNonZero(server)).isEqualTo(1);

            server.restart(EmbeddedMemcached.Items.KEPT);
            server.reset();
            evictOne(server.cache());
            assertThat(notifications).hasValue(3);
            assertThat(evictedNonZero(server)).isEqualTo(1);
        }
    }

    @Test
    void shouldCountForEachServerThatSharesTheCache() {
        Cache cache = Cache.builder().build();
        ServerSettings settings = ServerSettings.defaults();
        ServerContext first = new ServerContext(Engines.of(cache), settings, Clock.systemUTC());
        ServerContext second = new ServerContext(Engines.of(cache), settings, Clock.systemUTC());
        evictOne(cache);
        second.close();
        evictOne(cache);
        second.close(); // idempotent

        assertThat(evictedNonZero(statsItems(first))).isEqualTo(2);
        assertThat(evictedNonZero(statsItems(second))).isEqualTo(1);
    }

    private static void listen(Cache cache, AtomicInteger notifications) {
        cache.addRemovalListener(removal -> notifications.incrementAndGet(), RemovalCause.EVICTED);
    }

    private static void evictOne(Cache cache) {
        MemcachedOperations.set(cache, "k", new byte[1], 0, 100);
        assertThat(cache.evict("k")).isTrue();
        cache.set("other", new byte[1]); // a class without items is not listed
    }

    private static int evictedNonZero(EmbeddedMemcached server) throws IOException {
        try (Socket socket = new Socket(server.host(), server.port())) {
            socket.getOutputStream().write("stats items\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII));
            try (InputStream input = socket.getInputStream()) {
                return evictedNonZero(new String(input.readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
    }

    private static String statsItems(ServerContext context) {
        ReplyBuffer output = new ReplyBuffer();
        try (ClientSession session = new ClientSession(context, new CodecPool(context))) {
            session.process(ByteBuffer.wrap("stats items\r\n".getBytes(StandardCharsets.US_ASCII)), output);
        }
        ByteBuffer sent = ByteBuffer.allocate(output.size());
        output.drainTo(sent);
        return new String(sent.array(), StandardCharsets.US_ASCII);
    }

    /** Returns 0 if the class has no items. */
    private static int evictedNonZero(String statsItems) {
        String name = "STAT items:" + SMALL + ":evicted_nonzero ";
        int start = statsItems.indexOf(name);
        return start < 0
                ? 0
                : Integer.parseInt(statsItems.substring(start + name.length(), statsItems.indexOf('\r', start)));
    }
}
