package io.github.embeddedmemcached.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.binary.BinaryCodec;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.protocol.CodecPool;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.protocol.SessionTarget;
import io.github.embeddedmemcached.internal.protocol.SocketTarget;
import io.github.embeddedmemcached.internal.protocol.Transcript;
import io.github.embeddedmemcached.internal.protocol.TranscriptRunner;
import io.github.embeddedmemcached.internal.protocol.TranscriptTarget;
import io.github.embeddedmemcached.internal.protocol.TranscriptVariants;
import io.github.embeddedmemcached.internal.protocol.Wire;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Authentication in both protocols, and password files. */
class AuthenticationTest {
    private static final String PASSWORD_FILE = "foo:bar\nbaaaz:quux\n";
    private static final Credentials USERS = Credentials.NONE.with("foo", "bar").with("baaaz", "quux");

    @TempDir
    private Path folder;

    @AutoClose
    private SessionTarget target = new SessionTarget(ReplyBuffer.DEFAULT_HIGH_WATER, settings());

    private static ServerSettings settings() {
        return ServerSettings.defaults().with(ServerOption.CREDENTIALS, Optional.of(USERS));
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean match(Credentials users, String name, String password) {
        byte[] both = (name + password).getBytes(StandardCharsets.UTF_8);
        int nameLength = name.getBytes(StandardCharsets.UTF_8).length;
        return users.match(both, 0, nameLength, nameLength, both.length - nameLength);
    }

    private String send(String request) {
        target.send(request);
        return target.receive(0);
    }

    @TestFactory
    Stream<DynamicNode> shouldAuthenticateByFirstSet() {
        return TranscriptVariants.read("login-transcripts/text").stream()
                .map(transcript -> TranscriptVariants.of(transcript, Wire.TEXT, settings()));
    }

    @TestFactory
    Stream<DynamicNode> shouldAuthenticateBySasl() {
        return TranscriptVariants.read("login-transcripts/binary").stream()
                .map(transcript -> TranscriptVariants.of(transcript, new BinaryWire(), settings()));
    }

    @Test
    void shouldMatchRealMemcached() throws IOException {
        Path file = Files.writeString(folder.resolve("passwords"), PASSWORD_FILE);
        try (RealMemcached memcached = RealMemcached.start("-Y", file.toString());
                SocketTarget real = new SocketTarget(InetAddress.getLoopbackAddress(), memcached.port(), true)) {
            for (Transcript transcript : TranscriptVariants.read("login-transcripts/text")) {
                TranscriptRunner.play(transcript, real, TranscriptTarget::send);
            }
        }
    }

    /** Processes input in a session, and returns the reply. */
    private static String send(ClientSession session, String request) {
        ReplyBuffer output = new ReplyBuffer();
        session.process(ByteBuffer.wrap(latin(request)), output);
        return new String(output.takeBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldNotShareAuthenticationThroughPooledTextCodec() {
        CodecPool pool = new CodecPool(target.context());
        TextCodec codec = pool.takeText();
        pool.release(codec);
        ClientSession user = new ClientSession(target.context(), pool);
        ClientSession stranger = new ClientSession(target.context(), pool);

        assertThat(send(user, "set x 0 0 7\r\nfoo bar\r\n")).isEqualTo("STORED\r\n");

        TextCodec spare = pool.takeText();
        assertThat(spare).isSameAs(codec);
        pool.release(spare);
        assertThat(send(stranger, "get x\r\n")).isEqualTo("CLIENT_ERROR unauthenticated\r\n");
        assertThat(send(user, "get x\r\n")).isEqualTo("END\r\n");
        assertThat(send(stranger, "get x\r\n")).isEqualTo("CLIENT_ERROR unauthenticated\r\n");
    }

    @Test
    void shouldNotShareAuthenticationThroughPooledBinaryCodec() {
        BinaryWire wire = new BinaryWire();
        String login = wire.encode("sasl-auth key=PLAIN value=%00foo%00bar");
        String get = wire.encode("get key=x");
        CodecPool pool = new CodecPool(target.context());
        BinaryCodec codec = pool.takeBinary();
        pool.release(codec);
        ClientSession user = new ClientSession(target.context(), pool);
        ClientSession stranger = new ClientSession(target.context(), pool);

        assertThat(wire.decode(send(user, login))).contains("Authenticated");

        BinaryCodec spare = pool.takeBinary();
        assertThat(spare).isSameAs(codec);
        pool.release(spare);
        assertThat(wire.decode(send(stranger, get))).contains("status=32");
        assertThat(wire.decode(send(user, get))).contains("status=1 ");
        stranger = new ClientSession(target.context(), pool); // the first session was closed
        assertThat(wire.decode(send(stranger, get))).contains("status=32");
        assertThat(wire.decode(send(user, wire.encode("sasl-list")))).contains("PLAIN"); // restarts the authentication
        assertThat(wire.decode(send(user, get))).contains("status=32");
    }

    @Test
    void shouldCountAuthenticationAttemptsAndFailures() {
        send("set x 0 0 7\r\nfoo bab\r\n");
        send("set x 0 0 7\r\nfoo bar\r\n");
        assertThat(send("stats\r\n")).contains("STAT auth_cmds 2\r\nSTAT auth_errors 1\r\n");
        send("stats reset\r\n");
        assertThat(send("stats\r\n")).contains("STAT auth_cmds 0\r\nSTAT auth_errors 0\r\n");
    }

    @Test
    void shouldReportAuthenticationMethodsInSettings() {
        send("set x 0 0 7\r\nfoo bar\r\n");
        assertThat(send("stats settings\r\n"))
                .contains("STAT binding_protocol auto-negotiate\r\n"
                        + "STAT auth_enabled_sasl yes\r\nSTAT auth_enabled_ascii yes\r\n");
    }

    @Test
    void shouldReportAuthenticationMethodOfSingleProtocolInSettings() throws IOException {
        target.close();
        target = new SessionTarget(
                ReplyBuffer.DEFAULT_HIGH_WATER, settings().with(ServerOption.PROTOCOL, WireProtocol.ASCII));
        send("set x 0 0 7\r\nfoo bar\r\n");
        assertThat(send("stats settings\r\n"))
                .contains("STAT binding_protocol ascii\r\n"
                        + "STAT auth_enabled_sasl no\r\nSTAT auth_enabled_ascii yes\r\n");
    }

    @Test
    void shouldBeIdleDuringAuthentication() {
        send("set x 0 0 7\r\nfoo");
        assertThat(target.isIdle()).isTrue();
        send(" bar\r\nset x 0 0 7\r\nfoo");
        assertThat(target.isIdle()).isFalse();
    }

    @Test
    void shouldRejectRemovedUsers() {
        target.context().authentication().replace(Credentials.NONE.with("new", "one"));
        assertThat(send("set x 0 0 7\r\nfoo bar\r\n")).startsWith("CLIENT_ERROR");
        assertThat(send("set x 0 0 7\r\nnew one\r\n")).isEqualTo("STORED\r\n");
    }

    @Test
    void shouldNotAddUsersToServerWithoutUsers() {
        try (SessionTarget open = new SessionTarget()) {
            assertThatThrownBy(() -> open.context().authentication().replace(USERS))
                    .hasMessageContaining("without users");
        }
    }

    @Test
    void shouldReadPasswordFileLikeMemcached() throws IOException {
        Path file = folder.resolve("passwords");
        Files.write(file, latin("foo:bar\r\nb a:q:x y\n:nobody\nnone:\nlast:one"));
        Credentials users = Credentials.read(file);
        assertThat(match(users, "foo", "bar")).isTrue();
        assertThat(match(users, "b a", "q:x y")).isTrue();
        assertThat(match(users, "", "nobody")).isTrue();
        assertThat(match(users, "none", "")).isTrue();
        assertThat(match(users, "last", "one")).isTrue();
        assertThat(match(users, "foo", "one")).isFalse();
        assertThat(match(users, "foob", "ar")).isFalse();
        assertThat(match(users, "", "")).isFalse();
        assertThat(users).hasToString("Credentials[5 users]");
        assertThat(users.hasUserWithoutPassword()).isTrue();
        Files.writeString(file, "foo:bar\r\n");
        assertThat(Credentials.read(file).hasUserWithoutPassword()).isFalse();
    }

    @Test
    void shouldReadMaximumNumberOfUsers() throws IOException {
        Path file = folder.resolve("passwords");
        Files.writeString(file, "name:password\n".repeat(Credentials.USERS_MAX));
        assertThat(match(Credentials.read(file), "name", "password")).isTrue();
        Files.writeString(file, "name:password\n".repeat(Credentials.USERS_MAX + 1));
        assertThatThrownBy(() -> Credentials.read(file)).hasMessageStartingWith("there can't be more than 8 users: ");
    }

    @Test
    void shouldDescribeErrorInPasswordFile() throws IOException {
        Path file = folder.resolve("passwords");
        assertThatThrownBy(() -> Credentials.read(file)).isInstanceOf(NoSuchFileException.class);
        Files.writeString(file, "foo:bar\n\n");
        assertThatThrownBy(() -> Credentials.read(file)).hasMessageContaining("line 2", "name:password");
        Files.writeString(file, "foo:" + "x".repeat(260));
        assertThatThrownBy(() -> Credentials.read(file)).hasMessageContaining("line 1", "too long");
        Files.writeString(file, "foo:bar\n".repeat(9));
        assertThatThrownBy(() -> Credentials.read(file)).hasMessageContaining("more than 8 users");
        Files.writeString(file, "foo:bar\n".repeat(1_000_000));
        assertThatThrownBy(() -> Credentials.read(file)).hasMessageContaining("more than 8 users");
        Files.writeString(file, "");
        assertThatThrownBy(() -> Credentials.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no line name:password in " + file);
    }

    @Test
    void shouldAcceptNonAsciiNamesAndPasswords() {
        Credentials users = Credentials.NONE.with("Jürgen", "пароль с пробелами");
        assertThat(match(users, "Jürgen", "пароль с пробелами")).isTrue();
        assertThat(match(users, "Jürgen", "пароль")).isFalse();
    }

    @Test
    void shouldRejectNamesAndPasswordsThatNoClientCanSend() {
        for (String name : Arrays.asList("", "a b", "a:b", "a\0", "a\n", "a\r")) {
            assertThatThrownBy(() -> Credentials.NONE.with(name, "x")).isInstanceOf(IllegalArgumentException.class);
        }
        for (String password : Arrays.asList("", "a\0b", "a\n", "\r")) {
            assertThatThrownBy(() -> Credentials.NONE.with("x", password)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
