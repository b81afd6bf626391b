package io.github.embeddedmemcached.internal.binary;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.embeddedmemcached.internal.protocol.FuzzedSession;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Fuzzes a session that accepts only binary requests. The seeds are the binary transcripts. */
class BinaryFuzzTest {
    private final FuzzedSession session = new FuzzedSession();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void session(byte[] input) {
        session.check(input, ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.BINARY));
    }

    static Stream<byte[]> seeds() {
        return FuzzedSession.seeds("binary-transcripts", new BinaryWire(), false);
    }
}
