package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.engine.Engines;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.WireProtocol;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a session promises its host: a bounded window, a bounded output, and when to call again. */
class ClientSessionTest {
    /** More than is waited for. */
    private static final int LARGE = 700_000;

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache = Cache.builder().clock(clock).build();
    private final List<String> traces = new ArrayList<>();
    private final ServerContext context =
            new ServerContext(Engines.of(cache), ServerSettings.defaults(), clock, traces::add);
    private final ClientSession session = new ClientSession(context);
    private final ReplyBuffer output = new ReplyBuffer();

    @AfterEach
    void checkIntegrity() {
        session.close();
        cache.checkIntegrity();
        cache.close();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private String answers() {
        return new String(output.takeBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldConsumeWholeRequestsOnly() {
        ByteBuffer input = bytes("get a\r\nget b");

        assertThat(session.process(input, output)).isEqualTo(Progress.NEEDS_INPUT);

        assertThat(input.remaining()).isEqualTo("get b".length());
        assertThat(answers()).isEqualTo("END\r\n");
    }

    @Test
    void shouldReadAWindowInTheMiddleOfAnArray() {
        byte[] array = "xxxversion\r\nxxx".getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer input = ByteBuffer.wrap(array, 1, array.length - 1).slice();
        input.position(2).limit(input.capacity() - 3);

        assertThat(session.process(input, output)).isEqualTo(Progress.NEEDS_INPUT);

        assertThat(input.hasRemaining()).isFalse();
        assertThat(answers()).isEqualTo("VERSION 1.6.45\r\n");
    }

    @Test
    void shouldSayWhereTheRestOfALargeValueBelongs() {
        assertThat(session.valueBuffer()).isNull();
        session.process(bytes("set k 0 0 " + LARGE + "\r\nabc"), output);

        ByteBuffer room = Objects.requireNonNull(session.valueBuffer());
        assertThat(room.remaining()).isEqualTo(LARGE - 3);
        room.put(bytes("x".repeat(LARGE - 3)));
        assertThat(session.valueBuffer()).isNull();
        assertThat(session.process(bytes("\r\nget k\r\n"), output)).isEqualTo(Progress.NEEDS_INPUT);

        assertThat(answers())
                .isEqualTo("STORED\r\nVALUE k 0 " + LARGE + "\r\nabc" + "x".repeat(LARGE - 3) + "\r\nEND\r\n");
        assertThat(session.valueBuffer()).isNull();
    }

    @Test
    void shouldStoreABinaryValueWhoseLastByteCameStraightIntoItsRoom() {
        BinaryWire wire = new BinaryWire();
        String request = wire.encode("set flags=0 exptime=0 key=k value=" + "x".repeat(LARGE));
        session.process(bytes(request.substring(0, request.length() - LARGE)), output);

        ByteBuffer room = Objects.requireNonNull(session.valueBuffer());
        room.put(bytes("x".repeat(LARGE)));
        assertThat(session.process(bytes(""), output)).isEqualTo(Progress.NEEDS_INPUT);

        assertThat(wire.decode(answers())).isEqualTo("set cas=1\r\n");
        assertThat(cache.get("k")).hasSize(LARGE);
    }

    @Test
    void shouldLookAheadAtWhateverIsThereAndConsumeNothing() {
        CodecPool pool = new CodecPool(context);
        cache.set("key", new byte[10]);
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            byte[] some = new byte[random.nextInt(700)];
            random.nextBytes(some);
            if (some.length > 0 && i % 3 == 0) {
                some[0] = BinaryHeader.MAGIC;
            }
            ByteBuffer input = i % 4 == 0 ? bytes("get key\r\n") : ByteBuffer.wrap(some);
            int remaining = input.remaining();
            pool.prefetch(input);
            assertThat(input.remaining()).isEqualTo(remaining);
            if (random.nextInt(50) == 0) { // sometimes later than it should
                pool.fetch();
            }
        }
        assertThat(cache.statistics().get(Statistic.GET_HITS)).isZero();
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isZero();
    }

    @Test
    void shouldCloseOnALineThatNeverEnds() {
        assertThat(session.process(bytes("x".repeat(2048)), output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(session.process(bytes("x".repeat(2049)), output)).isEqualTo(Progress.CLOSE);
        assertThat(session.process(bytes("version\r\n"), output)).isEqualTo(Progress.CLOSE);
        assertThat(output.isEmpty()).isTrue();
    }

    @Test
    void shouldAnswerALongLineThatHasAnEnd() {
        assertThat(session.process(bytes("x".repeat(5000) + "\r\nversion\r\n"), output))
                .isEqualTo(Progress.NEEDS_INPUT);
        assertThat(answers()).isEqualTo("ERROR\r\nVERSION 1.6.45\r\n");
    }

    @Test
    void shouldCloseWhenLineAndValueMayNotFitIntoTheWindow() {
        String line = "set a 0 0 10 " + "x ".repeat(1500) + "\r\n";

        assertThat(session.process(bytes(line + "0123"), output)).isEqualTo(Progress.CLOSE);
    }

    @Test
    void shouldTakeABinaryRequestForTextWhereOnlyTextIsSpoken() {
        ServerContext context = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.ASCII), clock);
        try (ClientSession textOnly = new ClientSession(context)) {
            assertThat(textOnly.process(bytes("\u0080\0\0\0\r\n"), output)).isEqualTo(Progress.NEEDS_INPUT);
            assertThat(answers()).isEqualTo("ERROR\r\n");
        }
    }

    @Test
    void shouldCloseOnTextWhereOnlyTheBinaryProtocolIsSpoken() {
        ServerContext context = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.BINARY), clock);
        try (ClientSession binaryOnly = new ClientSession(context)) {
            assertThat(binaryOnly.isIdle()).isTrue();
            String line = "get " + "a".repeat(19); // a byte less than a header, for which memcached waits
            assertThat(binaryOnly.process(bytes(line), output)).isEqualTo(Progress.NEEDS_INPUT);
            assertThat(binaryOnly.process(bytes(line + "\r"), output)).isEqualTo(Progress.CLOSE);
            assertThat(output.isEmpty()).isTrue();
        }
    }

    @Test
    void shouldNotChangeTheProtocolLater() {
        assertThat(session.process(bytes("version\r\n"), output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(session.process(bytes("\u0080\0\0\0\r\n"), output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(answers()).isEqualTo("VERSION 1.6.45\r\nERROR\r\n");
    }

    @Test
    void shouldBeIdleBetweenBinaryRequestsOnly() {
        assertThat(session.process(bytes("\u0080\0\0\1"), output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(session.isIdle()).isTrue();
        ByteBuffer withoutKey = bytes("\u0080\0\0\1\0\0\0\0\0\0\0\1" + "\0".repeat(12));
        assertThat(session.process(withoutKey, output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(withoutKey.remaining()).isEqualTo(24);
        assertThat(session.isIdle()).isFalse();
    }

    @Test
    void shouldAnswerAnEndlessMultigetInAWindowOfTwoKeys() {
        cache.set("k".repeat(250), new byte[] {'1'});
        feed("get ");
        int hits = 0;
        for (int i = 0; i < 10_000; i++) {
            hits += countHits(feed("k".repeat(250) + " "));
        }
        hits += countHits(feed("nothing\r\n"));

        assertThat(hits).isEqualTo(10_000);
        assertThat(pending.remaining()).isZero();
    }

    private static int countHits(String answers) {
        return answers.split("VALUE ", -1).length - 1;
    }

    @Test
    void shouldAnswerALongGatInPieces() {
        feed("set a 0 0 1\r\n1\r\n");
        feed("gats 100 ");
        StringBuilder answers = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            answers.append(feed("a "));
        }
        answers.append(feed("\r\n"));

        assertThat(countHits(answers.toString())).isEqualTo(3000);
        assertThat(answers).endsWith("\r\n1\r\nEND\r\n");
    }

    @Test
    void shouldRefuseATooLongKeyInALongLineOnceAndSkipTheLine() {
        feed("get " + "k ".repeat(1100));
        String answers = feed("k".repeat(300)) + feed("k".repeat(100_000)) + feed(" k k k\r\nversion\r\n");

        assertThat(answers).isEqualTo("CLIENT_ERROR bad command line format\r\nVERSION 1.6.45\r\n");
    }

    @Test
    void shouldAnswerNoKeyOfALineWithATooLongOne() {
        cache.set("a", new byte[500_000]);

        assertThat(feed("version\r\nget a a a " + "k".repeat(251) + " a\r\nget b\r\n"))
                .isEqualTo("VERSION 1.6.45\r\nCLIENT_ERROR bad command line format\r\nEND\r\n");
    }

    @Test
    void shouldRefuseATooLongKeyInALongLineEvenAfterHits() {
        cache.set("a", new byte[] {'1'});
        feed("get " + "k ".repeat(1100));

        assertThat(feed("a ") + feed("k".repeat(251) + " a\r\nget b\r\n"))
                .isEqualTo("VALUE a 0 1\r\n1\r\nCLIENT_ERROR bad command line format\r\nEND\r\n");
    }

    @Test
    void shouldStopWhenTheOutputIsFullAndGoOnWhenItIsDrained() {
        cache.set("a", new byte[10_000]);
        ByteBuffer input = bytes("get a\r\n".repeat(100));
        int answered = 0;
        Progress progress = session.process(input, output);
        while (progress == Progress.OUTPUT_FULL) {
            assertThat(output.size()).isLessThan(ReplyBuffer.DEFAULT_HIGH_WATER + 11_000);
            int before = input.remaining();
            assertThat(session.process(input, output)).isEqualTo(Progress.OUTPUT_FULL);
            assertThat(input.remaining()).isEqualTo(before);
            answered += countHits(answers());
            progress = session.process(input, output);
        }

        assertThat(progress).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(answered + countHits(answers())).isEqualTo(100);
    }

    @Test
    void shouldStopBetweenTheKeysOfAMultiget() {
        cache.set("a", new byte[10_000]);
        ByteBuffer input = bytes("get" + " a".repeat(100) + "\r\n");

        assertThat(session.process(input, output)).isEqualTo(Progress.OUTPUT_FULL);

        assertThat(output.size()).isLessThan(ReplyBuffer.DEFAULT_HIGH_WATER + 11_000);
        assertThat(input.remaining()).isGreaterThan(100);
        assertThat(session.isIdle()).isFalse();
    }

    @Test
    void shouldHoldOneLargeValueAtATime() {
        cache.set("a", new byte[500_000]);
        ByteBuffer input = bytes("get a a a\r\n");
        for (int i = 0; i < 3; i++) {
            Progress progress = session.process(input, output);
            assertThat(progress).isEqualTo(i < 2 ? Progress.OUTPUT_FULL : Progress.NEEDS_INPUT);
            assertThat(output.size()).isBetween(500_000, 500_100);
            output.takeBytes();
        }
    }

    @Test
    void shouldEndATurnAfterItsRequestBudget() {
        ServerContext hasty = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.REQUESTS_PER_TURN, 3), clock);
        ClientSession turns = new ClientSession(hasty);
        ByteBuffer input = bytes("version\r\n".repeat(7));

        assertThat(turns.process(input, output)).isEqualTo(Progress.TURN_OVER);
        assertThat(answers()).isEqualTo("VERSION 1.6.45\r\n".repeat(3));
        assertThat(turns.process(input, output)).isEqualTo(Progress.TURN_OVER);
        assertThat(turns.process(input, output)).isEqualTo(Progress.NEEDS_INPUT);
        assertThat(answers()).isEqualTo("VERSION 1.6.45\r\n".repeat(4));
    }

    @Test
    void shouldConsumeALargeValueAsItArrives() {
        feed("set a 5 0 500000\r\n");
        assertThat(pending.remaining()).isZero();
        for (int i = 0; i < 500; i++) {
            assertThat(session.isIdle()).isFalse();
            assertThat(feed("x".repeat(1000))).isEmpty();
            assertThat(pending.remaining()).isZero();
        }
        assertThat(feed("\r")).isEmpty();
        assertThat(feed("\nget b\r\n")).isEqualTo("STORED\r\nEND\r\n");

        assertThat(session.isIdle()).isTrue();
        assertThat(cache.get("a")).hasSize(500_000).containsOnly('x');
    }

    @Test
    void shouldConsumeALargeValueThatIsSkippedAsItArrives() {
        assertThat(feed("set a 0 0 7000000\r\n")).isEmpty();
        for (int i = 0; i < 1000; i++) {
            assertThat(feed("get a\r\n".repeat(1000))).isEmpty();
            assertThat(pending.remaining()).isZero();
            assertThat(session.isIdle()).isFalse();
        }
        assertThat(feed("\r")).isEmpty();
        assertThat(feed("\nget a\r\n")).isEqualTo("SERVER_ERROR object too large for cache\r\nEND\r\n");
        assertThat(session.isIdle()).isTrue();
    }

    @Test
    void shouldGiveAHalfReceivedValueBackWhenClosed() {
        cache.set("a", new byte[] {'1'});
        long before = cache.statistics().usedBytes();
        ClientSession other = new ClientSession(context);
        other.process(bytes("set a 0 0 900000\r\nxxxxx"), output);
        assertThat(cache.statistics().usedBytes()).isGreaterThanOrEqualTo(before + 900_000);

        other.close();

        assertThat(cache.statistics().usedBytes()).isEqualTo(before);
        assertThat(cache.get("a")).isEqualTo(new byte[] {'1'});
        assertThat(other.process(bytes("version\r\n"), output)).isEqualTo(Progress.CLOSE);
    }

    @Test
    void shouldRefuseALargeValueThatThereIsNoRoomFor() {
        try (Cache small = Cache.builder()
                .memoryLimitBytes(4 << 20)
                .maxItemSizeBytes(1 << 20)
                .eviction(false)
                .clock(clock)
                .build()) {
            ServerContext smallState = new ServerContext(Engines.of(small), ServerSettings.defaults(), clock);
            List<String> answers = new ArrayList<>();
            try (ClientSession smallSession = new ClientSession(smallState)) {
                for (int i = 0; i < 6; i++) {
                    smallSession.process(bytes("set k" + i + " 0 0 900000\r\n" + "x".repeat(900_000) + "\r\n"), output);
                    answers.add(answers());
                }
                smallSession.process(
                        bytes("set k0 0 0 950000\r\n" + "y".repeat(950_000) + "\r\nget k0 k1 k2\r\n"), output);
            }
            assertThat(answers).first().isEqualTo("STORED\r\n");
            assertThat(answers).last().isEqualTo("SERVER_ERROR out of memory storing object\r\n");
            // a set that fails leaves nothing behind that could be taken for the new value
            assertThat(answers()).startsWith("SERVER_ERROR out of memory storing object\r\nVALUE k1 0 900000\r\n");
            small.checkIntegrity();
        }
    }

    @Test
    void shouldBeIdleBetweenCommandsAndInTheMiddleOfALine() {
        assertThat(session.isIdle()).isTrue();
        feed("get a");
        assertThat(session.isIdle()).isTrue();
        feed("\r\nset a 0 0 10\r\n0123");
        assertThat(session.isIdle()).isFalse();
        feed("456789\r\n");
        assertThat(session.isIdle()).isTrue();
    }

    @Test
    void shouldTraceCommandsAndAnswersOnlyWhileTheVerbosityAsksForIt() {
        feed("get a\r\n");
        assertThat(traces).isEmpty();

        feed("verbosity 2\r\n");
        feed("set a 0 0 1\r\n1\r\nget a b\r\nincr a 5\r\n");
        feed("verbosity 0\r\n");
        feed("get a\r\n");

        assertThat(traces)
                .containsExactly(
                        "<1 set a 0 0 1",
                        ">1 STORED",
                        "<1 get a b",
                        ">1 sending key a",
                        ">1 END",
                        "<1 incr a 5",
                        ">1 6",
                        "<1 verbosity 0",
                        ">1 OK");
    }

    @Test
    void shouldEscapeControlCharactersInTraces() {
        feed("verbosity 2\r\n");
        feed("get a\u001b[31m\u0007 b\\c\r\nset \u00c2\u009b2J\u00e9 0 0 1\r\nx\r\n");
        feed("get \u00c2\u009b2J\u00e9\r\nget \u00c3\u00a9\u00e2\u0080\u00ae\r\nverbosity 0\r\n");
        assertThat(traces)
                .contains(
                        "<1 get a\\x1b[31m\\x07 b\\\\c",
                        "<1 set \u00c2\\x9b2J\u00e9 0 0 1",
                        ">1 sending key \u00c2\\x9b2J\u00e9",
                        "<1 get \u00e9\\u202e");
        assertThat(String.join("", traces).chars()).noneMatch(Character::isISOControl);
    }

    private ByteBuffer pending = ByteBuffer.allocate(0);

    /** Presents what is pending and then the text; keeps what was not consumed. */
    private String feed(String text) {
        ByteBuffer input = ByteBuffer.allocate(pending.remaining() + text.length());
        input.put(pending).put(bytes(text)).flip();
        assertThat(input.remaining()).isLessThanOrEqualTo(text.length() + context.inputLengthMax());
        StringBuilder answers = new StringBuilder();
        while (session.process(input, output) != Progress.NEEDS_INPUT) {
            answers.append(answers());
        }
        pending = input;
        return answers.append(answers()).toString();
    }
}
