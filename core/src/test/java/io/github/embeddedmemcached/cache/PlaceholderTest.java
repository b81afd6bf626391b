package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ProtocolSessions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Empty items that a client has created in order to fill them: mg with the flag N. */
class PlaceholderTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Cache cache = Cache.builder().build();
    private final TypedCache<String, Long> numbers = cache.typed(Codecs.utf8(), Codecs.decimal());
    private final ProtocolSessions sessions = ProtocolSessions.builder(cache).build();
    private final ProtocolSession session = sessions.open(() -> {});

    @AfterEach
    void close() {
        session.close();
        sessions.close();
        Caches.checkAndClose(cache);
    }

    private String wire(String requests) {
        session.process(ByteBuffer.wrap(requests.replace("|", "\r\n").getBytes(US_ASCII)));
        return new String(session.output().takeBytes(), US_ASCII).replace("\r\n", "|");
    }

    @Test
    void shouldBeAbsentForOperationsThatReturnValues() {
        assertThat(wire("mg k N30 v|")).isEqualTo("VA 0 W||");
        assertThat(numbers.get("k")).isNull();
        assertThat(cache.get("k")).isNull();
        assertThat(numbers.getItem("k")).isNull();
        assertThat(numbers.getAndTouch("k", MINUTE)).isNull();
        assertThat(numbers.getAll(List.of("k"))).isEmpty();
        assertThat(numbers.getAndDelete("k")).isNull();
        assertThat(numbers.keys()).isEmpty();
        numbers.forEach((key, value) -> assertThat(key).isNull());
        assertThat(numbers.removeIf((key, value) -> true)).isZero();
        assertThat(numbers.statistics().hits()).isZero();
        assertThat(wire("mg k N30 v|")).isEqualTo("VA 0 Z||"); // it exists for clients
        assertThat(numbers.compute("k", (key, old) -> old == null ? 7L : 0L)).isEqualTo(7);
        assertThat(wire("mg k v|")).isEqualTo("VA 1|7|");
    }

    @Test
    void shouldBeAnItemForOtherOperations() {
        wire("mg k N30 v|");
        assertThat(cache.add("k", bytes("1"))).isEqualTo(StoreResult.NOT_STORED);
        assertThat(cache.touch("k", MINUTE)).isTrue();
        assertThat(cache.increment("k", 1).status()).isEqualTo(CounterStatus.NON_NUMERIC);
        assertThat(cache.replace("k", bytes("1"))).isEqualTo(StoreResult.STORED);
        assertThat(numbers.get("k")).isEqualTo(1);
    }

    @Test
    void shouldNotHideAnEmptyValueThatWasStored() {
        wire("mg k N30 v|ms k 0||");
        assertThat(cache.get("k")).isEmpty();
        cache.set("e", new byte[0]);
        assertThat(cache.get("e")).isEmpty();
        assertThat(cache.keys()).containsExactlyInAnyOrder("k", "e");
    }

    @Test
    void shouldNotTakePlaceholdersWithoutCasUniques() {
        try (Cache plain = Cache.builder().casEnabled(false).build();
                ProtocolSessions others = ProtocolSessions.builder(plain).build();
                ProtocolSession other = others.open(() -> {})) {
            other.process(ByteBuffer.wrap("mg k N30 v\r\n".getBytes(US_ASCII)));
            assertThat(plain.typed(Codecs.utf8(), Codecs.decimal()).getAndDelete("k"))
                    .isNull();
        }
    }

    @Test
    void shouldNotBeSaved(@TempDir Path directory) throws Exception {
        wire("mg k N30 v|");
        cache.set("e", new byte[0]);
        Path file = directory.resolve("file");
        assertThat(cache.saveTo(file).items()).isEqualTo(1);
        try (Cache restored = Cache.builder().restoreFrom(file).build()) {
            assertThat(restored.get("k", MINUTE, key -> bytes("v"))).isEqualTo(bytes("v"));
            assertThat(restored.get("e")).isEmpty();
        }
    }
}
