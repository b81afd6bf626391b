package io.github.embeddedmemcached.internal.meta;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.embeddedmemcached.internal.protocol.FuzzedSession;
import io.github.embeddedmemcached.internal.protocol.Wire;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A session that accepts both protocols; the seeds are the transcripts of meta commands. */
class MetaFuzzTest {
    private final FuzzedSession session = new FuzzedSession();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void session(byte[] input) {
        session.check(input, ServerSettings.defaults());
    }

    static Stream<byte[]> seeds() {
        return FuzzedSession.seeds("transcripts", Wire.TEXT, true);
    }
}
