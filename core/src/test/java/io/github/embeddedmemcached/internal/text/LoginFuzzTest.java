package io.github.embeddedmemcached.internal.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.protocol.FuzzedSession;
import io.github.embeddedmemcached.internal.protocol.Wire;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A session of a server with users; the seeds are the login transcripts. */
class LoginFuzzTest {
    private static final Credentials USERS = Credentials.NONE.with("foo", "bar").with("baaaz", "quux");

    private final FuzzedSession session = new FuzzedSession();

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void session(byte[] input) {
        session.check(input, ServerSettings.defaults().with(ServerOption.CREDENTIALS, Optional.of(USERS)));
    }

    static Stream<byte[]> seeds() {
        return Stream.concat(
                FuzzedSession.seeds("login-transcripts/text", Wire.TEXT, false),
                FuzzedSession.seeds("login-transcripts/binary", new BinaryWire(), false));
    }
}
