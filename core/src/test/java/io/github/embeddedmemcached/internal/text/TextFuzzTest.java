package io.github.embeddedmemcached.internal.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.embeddedmemcached.internal.protocol.FuzzedSession;
import io.github.embeddedmemcached.internal.protocol.Wire;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A session that accepts text commands only; the seeds are the transcripts of text commands. */
class TextFuzzTest {
    private final FuzzedSession session = new FuzzedSession();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void session(byte[] input) {
        session.check(input, ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.ASCII));
    }

    static Stream<byte[]> seeds() {
        return FuzzedSession.seeds("transcripts", Wire.TEXT, false);
    }
}
