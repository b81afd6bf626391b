package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.MessageDigestSpi;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.time.Clock;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An authentication that fails for lack of memory, and is repeated with the same input. */
class AuthenticationOutOfMemoryTest {
    private static boolean isMemoryShort;

    /** Provides digests that fail while memory is short. */
    private static final class FailingDigests extends Provider {
        private static final long serialVersionUID = 1;

        FailingDigests() {
            super("FailingDigests", "1", "for tests");
            putService(new Service(this, "MessageDigest", "SHA-256", Sha.class.getName(), null, null) {
                @Override
                public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
                    return new Sha();
                }
            });
        }
    }

    /** SHA-256 that throws an OutOfMemoryError while memory is short. */
    private static final class Sha extends MessageDigestSpi {
        private final MessageDigest sha;

        Sha() throws NoSuchAlgorithmException {
            sha = MessageDigest.getInstance("SHA-256", Security.getProvider("SUN"));
        }

        @Override
        protected void engineUpdate(byte input) {
            sha.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            if (isMemoryShort) {
                throw new OutOfMemoryError("test");
            }
            sha.update(input, offset, length);
        }

        @Override
        protected byte[] engineDigest() {
            return sha.digest();
        }

        @Override
        protected void engineReset() {
            sha.reset();
        }
    }

    private final Provider provider = new FailingDigests();

    @BeforeEach
    void replaceDigests() {
        Security.insertProviderAt(provider, 1);
    }

    @AfterEach
    void restoreDigests() {
        isMemoryShort = false;
        Security.removeProvider(provider.getName());
    }

    private static ByteBuffer input(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void shouldAuthenticateWhenTheSameInputIsProcessedAgain() {
        ServerSettings settings = ServerSettings.defaults()
                .with(ServerOption.CREDENTIALS, Optional.of(Credentials.NONE.with("foo", "bar")));
        ReplyBuffer output = new ReplyBuffer();
        try (Cache cache = Cache.builder().build();
                ClientSession session =
                        new ClientSession(new ServerContext(Engines.of(cache), settings, Clock.systemUTC()))) {
            session.process(input("set login 0 0 7\r\n"), output);
            ByteBuffer credentials = input("foo bar\r\n");
            isMemoryShort = true;
            assertThatThrownBy(() -> session.process(credentials, output)).isInstanceOf(OutOfMemoryError.class);
            assertThat(credentials.position()).isZero();
            isMemoryShort = false;
            session.process(credentials, output);
            assertThat(new String(output.takeBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("STORED\r\n");
        }
    }

    @Test
    void shouldNotAuthenticateIfTheReplyCannotBeAppended() {
        ServerSettings settings = ServerSettings.defaults()
                .with(ServerOption.CREDENTIALS, Optional.of(Credentials.NONE.with("foo", "bar")));
        ReplyBuffer output = new ReplyBuffer(Integer.MAX_VALUE);
        try (Cache cache = Cache.builder().build();
                ClientSession session =
                        new ClientSession(new ServerContext(Engines.of(cache), settings, Clock.systemUTC()))) {
            session.process(input("set login 0 0 7\r\n"), output);
            ByteBuffer credentials = input("foo bar\r\n");
            output.tail(Integer.MAX_VALUE - 1); // no array has space for a reply after it
            assertThatThrownBy(() -> session.process(credentials, output)).isInstanceOf(ArithmeticException.class);
            assertThat(credentials.position()).isZero();
            output.tail(0);
            session.process(credentials, output);
            assertThat(new String(output.takeBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("STORED\r\n");
            session.process(input("stats\r\n"), output);
            assertThat(new String(output.takeBytes(), StandardCharsets.US_ASCII))
                    .contains("STAT auth_cmds 1\r\n", "STAT auth_errors 0\r\n");
        }
    }
}
