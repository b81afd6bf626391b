package io.github.embeddedmemcached.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProtocolSessionTest {
    private static final SessionHost HOST = () -> {};

    private final Cache cache = Cache.builder().build();
    private final ProtocolSessions sessions = ProtocolSessions.builder(cache).build();
    private final ProtocolSession session = sessions.open(HOST);

    @AfterEach
    void close() {
        session.close();
        sessions.close();
        cache.close();
    }

    private static ByteBuffer bytes(String requests) {
        return ByteBuffer.wrap(requests.replace("|", "\r\n").getBytes(US_ASCII));
    }

    private String replies() {
        return new String(session.output().takeBytes(), US_ASCII).replace("\r\n", "|");
    }

    @Test
    void shouldServeTheItemsOfTheCache() {
        cache.set("a", new byte[] {'1'}, Duration.ofMinutes(1));
        assertThat(session.process(bytes("get a|set b 4 0 1|2|"))).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(replies()).isEqualTo("VALUE a 0 1|1|END|STORED|");
        assertThat(cache.get("b")).isEqualTo(new byte[] {'2'});
    }

    @Test
    void shouldEndWhenTheCacheIsClosed() {
        session.process(bytes("set a 0 0 5|12"));
        cache.close();
        ByteBuffer input = bytes("345|get a|");
        assertThat(session.process(input)).isEqualTo(Progress.CLOSE);
        assertThat(input.position()).isZero();
        assertThat(replies()).isEmpty();
        assertThat(cache.statistics().items()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> sessions.open(HOST)).withMessageContaining("closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> ProtocolSessions.builder(cache).build())
                .withMessageContaining("closed");
    }

    @Test
    void shouldLeaveNoItemIfTheCacheIsClosedDuringARequest() throws Exception {
        var closer = Executors.newSingleThreadExecutor();
        try {
            cache.addRemovalListener(removal -> {
                try {
                    closer.submit(cache::close).get(); // between two stores
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(session.process(bytes("set a 0 0 1|1|delete a|set b 0 0 1|2|")))
                    .isEqualTo(Progress.NEEDS_INPUT);
            assertThat(cache.statistics().items()).isZero();
            assertThat(session.process(bytes("get b|"))).isEqualTo(Progress.CLOSE);
        } finally {
            closer.shutdown();
        }
    }
}
