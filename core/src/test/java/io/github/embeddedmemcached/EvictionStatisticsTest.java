package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.CodecPool;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ReplyBuffer;
import io.github.embeddedmemcached.protocol.ServerSettings;
import io.github.embeddedmemcached.protocol.ServerState;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The application's eviction listener and the statistics of servers, on one cache. */
class EvictionStatisticsTest {
    private static final int SMALL = 1; // the slab class of the items here

    @Test
    void shouldKeepTheListenerAndTheStatisticsApart() throws IOException {
        AtomicInteger told = new AtomicInteger();
        try (EmbeddedMemcached server = EmbeddedMemcached.start()) {
            listen(server.cache(), told);
            evictOne(server.cache());
            assertThat(told).hasValue(1);
            assertThat(evictedNonZero(server)).isEqualTo(1);

            server.restart(EmbeddedMemcached.Items.DROPPED);
            assertThat(evictedNonZero(server)).isZero();
            evictOne(server.cache());
            assertThat(told).hasValue(2);
            assertThat(evictedNonZero(server)).isEqualTo(1);

            server.restart(EmbeddedMemcached.Items.KEPT);
            server.reset();
            evictOne(server.cache());
            assertThat(told).hasValue(3);
            assertThat(evictedNonZero(server)).isEqualTo(1);
        }
    }

    @Test
    void shouldCountForEachServerThatSharesTheCache() {
        Cache cache = Cache.builder().build();
        ServerSettings settings = ServerSettings.builder().build();
        ServerState first = new ServerState(cache, settings, Clock.systemUTC());
        ServerState second = new ServerState(cache, settings, Clock.systemUTC());
        evictOne(cache);
        second.close();
        evictOne(cache);
        second.close(); // again

        assertThat(evictedNonZero(statsItems(first))).isEqualTo(2);
        assertThat(evictedNonZero(statsItems(second))).isEqualTo(1);
    }

    private static void listen(Cache cache, AtomicInteger told) {
        cache.raw()
                .evictionListener((bytes, offset, length, fetched, toLive, sinceAccess, valueLength, size) ->
                        told.incrementAndGet());
    }

    private static void evictOne(Cache cache) {
        cache.set("k", new byte[1], 0, 100);
        assertThat(cache.evict("k")).isTrue();
        cache.set("other", new byte[1], 0, 0); // a class without items is not listed
    }

    private static int evictedNonZero(EmbeddedMemcached server) throws IOException {
        try (Socket socket = new Socket(server.host(), server.port())) {
            socket.getOutputStream().write("stats items\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII));
            try (InputStream input = socket.getInputStream()) {
                return evictedNonZero(new String(input.readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
    }

    private static String statsItems(ServerState state) {
        ReplyBuffer output = new ReplyBuffer();
        try (ProtocolSession session = new ProtocolSession(state, new CodecPool(state))) {
            session.process(ByteBuffer.wrap("stats items\r\n".getBytes(StandardCharsets.US_ASCII)), output);
        }
        ByteBuffer sent = ByteBuffer.allocate(output.size());
        output.drainTo(sent);
        return new String(sent.array(), StandardCharsets.US_ASCII);
    }

    /** 0 also if no item is there at all. */
    private static int evictedNonZero(String statsItems) {
        String name = "STAT items:" + SMALL + ":evicted_nonzero ";
        int at = statsItems.indexOf(name);
        return at < 0 ? 0 : Integer.parseInt(statsItems.substring(at + name.length(), statsItems.indexOf('\r', at)));
    }
}
