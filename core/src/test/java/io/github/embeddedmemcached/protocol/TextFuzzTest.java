package io.github.embeddedmemcached.protocol;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A session that accepts text commands only; the seeds are the transcripts of text commands. */
class TextFuzzTest {
    private final FuzzedSession session = new FuzzedSession();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void session(byte[] input) {
        session.check(input, ServerSettings.builder().protocol(WireProtocol.ASCII));
    }

    static Stream<byte[]> seeds() {
        return FuzzedSession.seeds("transcripts", Wire.TEXT, false);
    }
}
