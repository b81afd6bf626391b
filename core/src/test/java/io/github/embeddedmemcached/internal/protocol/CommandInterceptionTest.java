package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.Command;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that an interceptor receives, however the input is divided. Observing them does not change the replies. */
class CommandInterceptionTest {
    private static final InterceptResult DELAYED =
            new InterceptResult(false, null, new ResponseFault(ResponseFault.Kind.DELAY, 0, Duration.ZERO));

    /** A value that is received in parts, and smaller than the item size limit. */
    private static final String LARGE = "x".repeat(600_000);

    private final InterceptorSpy spy = new InterceptorSpy();

    @AutoClose
    private SessionTarget target = new SessionTarget();

    private List<String> intercept(String request) {
        target.context().interceptor().set(spy);
        target.send(request);
        target.receive(0);
        return spy.take();
    }

    private List<String> interceptBinary(String... lines) {
        return intercept(new BinaryWire().encode(String.join("\r\n", lines)));
    }

    // ---- observation

    @TestFactory
    Stream<DynamicNode> shouldPassTheSameCommandsHoweverTheInputIsDividedAndNotChangeTheReplies() {
        return transcripts((transcript, wire) -> {
            InterceptorSpy undivided = new InterceptorSpy();
            play(transcript, wire, undivided, TranscriptTarget::send, false);
            List<String> expected = undivided.take();
            InterceptorSpy bytewise = new InterceptorSpy();
            play(transcript, wire, bytewise, TranscriptVariants::sendBytes, false);
            assertThat(bytewise.take()).isEqualTo(expected);
            InterceptorSpy pipelined = new InterceptorSpy();
            play(transcript, wire, pipelined, TranscriptTarget::send, true);
            assertThat(pipelined.take()).isEqualTo(expected);
        });
    }

    @TestFactory
    Stream<DynamicNode> shouldContinueAfterEveryReplyWithAFault() {
        return transcripts((transcript, wire) -> {
            play(transcript, wire, new InterceptorSpy(command -> DELAYED), TranscriptTarget::send, false);
            play(transcript, wire, new InterceptorSpy(command -> DELAYED), TranscriptTarget::send, true);
        });
    }

    private interface Play {
        void run(Transcript transcript, Wire wire) throws IOException;
    }

    private static Stream<DynamicNode> transcripts(Play play) {
        return Stream.concat(
                TranscriptVariants.read("transcripts").stream()
                        .map(transcript -> dynamicTest(transcript.name(), () -> play.run(transcript, Wire.TEXT))),
                TranscriptVariants.read("binary-transcripts").stream()
                        .map(transcript -> dynamicTest(
                                "binary " + transcript.name(), () -> play.run(transcript, new BinaryWire()))));
    }

    private static void play(
            Transcript transcript, Wire wire, InterceptorSpy spy, TranscriptRunner.Sender sender, boolean pipelined)
            throws IOException {
        try (SessionTarget played = new SessionTarget()) {
            played.context().interceptor().set(spy);
            TranscriptRunner.play(transcript, played, sender, pipelined, wire);
            assertThat(spy.commands()).isNotEmpty();
        }
    }

    // ---- kinds of commands

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            get a                         | get a
            gets a bc  d                  | gets a,bc,d
            gat 60 a b                    | gat a,b exptime=60
            gats -1 a                     | gats a exptime=18446744073709551615
            set a 5 60 2\\r\\nxy          | set a flags=5 exptime=60 value=xy
            set a 4294967295 0 0 noreply\\r\\n | set a flags=18446744073709551615 value= quiet
            add a 0 0 1\\r\\nx            | add a value=x
            replace a 0 0 1\\r\\nx        | replace a value=x
            append a 0 0 1\\r\\nx         | append a value=x
            prepend a 0 0 1\\r\\nx        | prepend a value=x
            cas a 1 2 1 18446744073709551615 noreply\\r\\nx | cas a flags=1 exptime=2 cas=18446744073709551615 value=x quiet
            delete a                      | delete a
            delete a noreply              | delete a quiet
            incr a 5                      | incr a delta=5
            decr a 18446744073709551615   | decr a delta=18446744073709551615
            touch a 60                    | touch a exptime=60
            flush_all                     | flush_all
            flush_all 10 noreply          | flush_all exptime=10 quiet
            version                       | version
            verbosity 1 noreply           | verbosity quiet
            stats items                   | stats
            lru_crawler enable            | lru_crawler
            cache_memlimit 64             | cache_memlimit
            shutdown                      | shutdown
            quit                          | quit
            mg a v t O9 q                 | mg a opaque=9 quiet
            mg a T30                      | mg a exptime=30
            mg YSBiIGM= b v               | mg a b c
            ms a 2 T60 F5 C9 I\\r\\nxy    | ms a flags=5 exptime=60 cas=9 value=xy
            md a C7 q                     | md a cas=7 quiet
            ma a                          | ma a delta=1
            ma a D5 MD Oabc               | ma a delta=5 opaque=abc
            me a                          | me a
            mn                            | mn
            bogus a b                     | malformed bogus
            get                           | malformed get
            gat x a                       | malformed gat
            set a 0 0 x                   | malformed set
            set a x 0 2\\r\\nxy           | malformed set
            incr a x                      | malformed incr
            touch a x noreply             | malformed touch quiet
            mg a v v                      | malformed mg
            mg                            | malformed mg
            ms a S                        | malformed ms
            GET / HTTP/1.1                | malformed GET
            set a 0 0 2\\r\\nxyz          | malformed set a value=xy
            """)
    void shouldPassATextCommand(String request, String command) {
        String bytes = request.replace("\\r\\n", "\r\n") + "\r\n";
        assertThat(intercept(bytes).get(0)).isEqualTo(command.strip());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            get key=a                                      | get a opaque=0
            getq key=a opaque=7                            | get a opaque=7 quiet
            getk key=a                                     | get a opaque=0
            getkq key=a                                    | get a opaque=0 quiet
            gat exptime=60 key=a                           | gat a exptime=60 opaque=0
            gatkq exptime=60 key=a                         | gat a exptime=60 opaque=0 quiet
            touch exptime=60 key=a                         | touch a exptime=60 opaque=0
            set flags=5 exptime=60 key=a value=xy cas=9    | set a flags=5 exptime=60 cas=9 value=xy opaque=0
            setq flags=0 exptime=0 key=a                   | set a value= opaque=0 quiet
            add flags=0 exptime=0 key=a value=x            | add a value=x opaque=0
            replaceq flags=0 exptime=0 key=a value=x       | replace a value=x opaque=0 quiet
            append key=a value=x                           | append a value=x opaque=0
            prependq key=a value=x                         | prepend a value=x opaque=0 quiet
            deleteq key=a cas=4                            | delete a cas=4 opaque=0 quiet
            incr delta=5 initial=1 exptime=60 key=a        | incr a exptime=60 delta=5 opaque=0
            decrq delta=5 initial=1 exptime=0 key=a        | decr a delta=5 opaque=0 quiet
            flush exptime=10                               | flush_all exptime=10 opaque=0
            flushq                                         | flush_all opaque=0 quiet
            noop opaque=4294967295                         | noop opaque=4294967295
            version                                        | version opaque=0
            verbosity level=1                              | verbosity opaque=0
            stat key=items                                 | stats opaque=0
            quitq                                          | quit opaque=0 quiet
            sasl-list                                      | sasl_list opaque=0
            0x55 key=a                                     | malformed opaque=0
            get                                            | malformed get opaque=0
            set key=a bodylen=0                            | malformed set opaque=0
            get key=a bodylen=2000000000                   | malformed get opaque=0
            raw value=get%20aaaaaaaaaaaaaaaaaa%0D%0A       | malformed
            """)
    void shouldPassABinaryCommand(String request, String command) {
        interceptBinary("noop");
        assertThat(interceptBinary(request).get(0)).isEqualTo(command.strip());
    }

    @Test
    void shouldIncludeTheCompleteLineOfATextCommand() {
        target.context().interceptor().set(spy);
        target.send("mg a v t Oabc\r\nstats items\r\nno such thing\n");
        assertThat(spy.commands())
                .extracting(Command::line)
                .containsExactly("mg a v t Oabc", "stats items", "no such thing");
        assertThat(spy.commands())
                .extracting(Command::protocol)
                .containsExactly(Command.Protocol.META, Command.Protocol.TEXT, Command.Protocol.TEXT);
    }

    @Test
    void shouldIncludeTheOpcodeInTheLineOfABinaryCommand() {
        target.context().interceptor().set(spy);
        target.send(new BinaryWire().encode("""
                getkq key=a\r
                incrq delta=5 initial=18446744073709551615 exptime=0 key=a\r
                stat key=settings\r
                0x55"""));
        assertThat(spy.commands())
                .extracting(Command::line)
                .containsExactly("getkq a", "incrementq a initial 18446744073709551615", "stat settings", "0x55");
        assertThat(spy.commands()).extracting(Command::protocol).containsOnly(Command.Protocol.BINARY);
    }

    @Test
    void shouldIncludeTheConnectionAndTheTime() {
        target.context().interceptor().set(spy);
        target.send("get a\r\n");
        target.advance(Duration.ofSeconds(5));
        target.connect();
        target.send("get b\r\n");
        Command first = spy.commands().get(0);
        Command second = spy.commands().get(1);
        assertThat(second.connection()).isGreaterThan(first.connection());
        assertThat(Duration.between(first.time(), second.time())).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void shouldDecodeKeysAsUtf8IfTheyAreValid() {
        assertThat(intercept("get k\u00c3\u00a4se k\u00e4se\r\n")).containsExactly("get k\u00e4se,k\u00e4se");
    }

    // ---- long input

    @Test
    void shouldPassALargeValueWhenItIsComplete() {
        assertThat(intercept("set a 5 60 600000 noreply\r\n" + LARGE)).isEmpty();
        assertThat(intercept("\r\n")).containsExactly("set a flags=5 exptime=60 value=" + LARGE + " quiet");
        assertThat(intercept("ms a 600000 T60 Oabc\r\n" + LARGE)).isEmpty();
        assertThat(intercept("\r\n")).containsExactly("ms a exptime=60 value=" + LARGE + " opaque=abc");
        assertThat(intercept("cas a 0 0 600000 9\r\n" + LARGE + "\r\n")).containsExactly("cas a cas=9 value=" + LARGE);
        assertThat(intercept("set a 0 0 600000\r\n" + LARGE + "xx")).containsExactly("malformed set a value=" + LARGE);
    }

    @Test
    void shouldPassALargeBinaryValueWhenItIsComplete() {
        String request = new BinaryWire().encode("setq flags=5 exptime=60 key=a opaque=3 value=" + LARGE);
        assertThat(intercept(request.substring(0, request.length() - 1))).isEmpty();
        assertThat(intercept("x")).containsExactly("set a flags=5 exptime=60 value=" + LARGE + " opaque=3 quiet");
    }

    @Test
    void shouldPassACommandWithARejectedValueWithoutTheValue() {
        assertThat(intercept("set a 5 0 2000000\r\n" + "x".repeat(2_000_000))).isEmpty();
        assertThat(intercept("\r\nget a\r\n")).containsExactly("set a flags=5", "get a");
        target.connect();
        assertThat(interceptBinary("set flags=5 exptime=0 key=a bodylen=2000009"))
                .isEmpty();
        assertThat(intercept("x".repeat(2_000_000))).containsExactly("set a flags=5 opaque=0");
    }

    @Test
    void shouldPassAllKeysOfALongLineAtOnce() {
        String keys = " key".repeat(target.context().inputLengthMax() / 8);
        assertThat(intercept("get" + keys)).isEmpty();
        List<String> commands = intercept("\r\n");
        assertThat(commands).containsExactly("get " + keys.strip().replace(' ', ','));
    }

    @Test
    void shouldPassTheKeysOfATooLongLineUpToTheInputLimit() {
        int windowLength = target.context().inputLengthMax(); // depends on the number of processors
        List<String> commands = intercept("get" + " key".repeat(windowLength) + "\r\nget b\r\n");
        assertThat(commands).hasSize(2).last().isEqualTo("get b");
        assertThat(commands.get(0))
                .startsWith("get key,key,key")
                .endsWith(",key")
                .hasSizeBetween(windowLength, 2 * windowLength);
    }

    @Test
    void shouldPassATooLongLineAsMalformed() {
        assertThat(intercept("x".repeat(3_000))).containsExactly("malformed " + "x".repeat(100));
        assertThat(target.isClosed()).isTrue();
        target.connect();
        assertThat(intercept(" get " + "x".repeat(3_000))).containsExactly("malformed get");
        assertThat(intercept("\r\nget a\r\n")).containsExactly("get a");
    }

    // ---- passwords, changes of the interceptor

    @Test
    void shouldNotPassPasswords() {
        try (SessionTarget authenticating = new SessionTarget(
                ReplyBuffer.DEFAULT_HIGH_WATER,
                ServerSettings.defaults()
                        .with(ServerOption.CREDENTIALS, Optional.of(Credentials.NONE.with("foo", "secret"))))) {
            authenticating.context().interceptor().set(spy);
            authenticating.send("get a\r\nset x 0 0 10\r\nfoo secret\r\nget a\r\n");
            assertThat(spy.take()).containsExactly("get a");
            authenticating.connect();
            authenticating.send(new BinaryWire().encode("""
                    sasl-auth key=PLAIN value=%00foo%00secret\r
                    get key=a"""));
            assertThat(spy.commands()).extracting(Command::line).containsExactly("sasl_auth PLAIN", "get a");
            assertThat(spy.commands().get(0).value()).isNull();
            spy.take();
            authenticating.connect();
            authenticating.send(new BinaryWire().encode("set flags=0 exptime=0 key=a value=1"));
            assertThat(spy.take()).containsExactly("set opaque=0");
        }
    }

    @Test
    void shouldNotPassCommandsAfterTheInterceptorWasRemoved() {
        intercept("get a\r\n");
        target.context().interceptor().set(null);
        target.send("get b\r\n");
        assertThat(spy.commands()).isEmpty();
    }

    @Test
    void shouldAllowSettingAndRemovingTheInterceptorInTheMiddleOfAValue() {
        target.send("set a 0 0 600000\r\n");
        assertThat(intercept(LARGE + "\r\n")).isEmpty();
        assertThat(intercept("set a 0 0 600000\r\n")).isEmpty();
        target.context().interceptor().set(null);
        target.send(LARGE + "\r\n");
        assertThat(spy.commands()).isEmpty();
        assertThat(target.receive(0)).isEqualTo("STORED\r\n");
    }

    @Test
    void shouldDescribeACommandInOneLine() {
        target.context().interceptor().set(spy);
        target.send("set a 0 60 2\r\nx\n\r\nbogus\u0001\r\nset b 0 0 200\r\n" + "y".repeat(200) + "\r\n");
        int connection = spy.commands().get(0).connection();
        assertThat(spy.commands())
                .extracting(Command::toString)
                .containsExactly(
                        "set a 0 60 2 \"x\\n\" (connection " + connection + ", text)",
                        "malformed: bogus\\x01 (connection " + connection + ", text)",
                        "set b 0 0 200 \"" + "y".repeat(100) + "... (200 in all)\" (connection " + connection
                                + ", text)");
        spy.take();
        target.connect();
        target.send(new BinaryWire().encode("setq flags=5 exptime=60 cas=9 opaque=7 key=a value=%00%FF"));
        assertThat(spy.commands().get(0))
                .asString()
                .startsWith("setq a \"\\x00\u00ff\" (connection ")
                .endsWith(", binary, flags 5, exptime 60, cas 9, opaque 7)");
    }
}
