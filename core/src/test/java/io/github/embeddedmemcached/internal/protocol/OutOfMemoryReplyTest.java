package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The replies to commands for whose replies there is no memory. */
class OutOfMemoryReplyTest {
    private final InstantSource clock = this::time;
    private final Cache cache = Cache.builder().build();
    private final ServerContext context = new ServerContext(Engines.of(cache), ServerSettings.defaults(), clock);
    private final ClientSession session = new ClientSession(context);
    private boolean isMemoryShort;

    @AfterEach
    void close() {
        session.close();
        cache.close();
    }

    private Instant time() {
        if (isMemoryShort) {
            throw new OutOfMemoryError("test");
        }
        return Instant.ofEpochSecond(1_000_000_000);
    }

    private String send(String request) {
        ReplyBuffer output = new ReplyBuffer();
        session.process(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)), output);
        return new String(output.takeBytes(), StandardCharsets.US_ASCII);
    }

    @Test
    void shouldReplyOutOfMemoryToStats() {
        send("version\r\n");
        isMemoryShort = true;
        assertThat(send("version\r\nstats\r\nversion\r\n"))
                .isEqualTo("VERSION 1.6.45\r\nSERVER_ERROR out of memory writing stats\r\nVERSION 1.6.45\r\n");
        isMemoryShort = false;
        assertThat(send("stats\r\n")).contains("STAT response_obj_oom 1\r\n");
    }

    @Test
    void shouldReplyOutOfMemoryToAGetAndSkipTheOtherKeys() {
        send("set k 0 0 1\r\nx\r\n");
        context.watchers().add(WatchKind.FETCHERS.bit(), () -> {}); // a log line reads the clock, which fails
        isMemoryShort = true;
        assertThat(send("get k k\r\nversion\r\n"))
                .isEqualTo("SERVER_ERROR out of memory writing get response\r\nVERSION 1.6.45\r\n");
        isMemoryShort = false;
        assertThat(send("get k\r\n")).isEqualTo("VALUE k 0 1\r\nx\r\nEND\r\n");
    }
}
