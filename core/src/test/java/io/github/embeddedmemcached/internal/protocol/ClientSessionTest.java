package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
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

/** The contract between a session and its host: bounded input and output, and the reasons why processing stops. */
class ClientSessionTest {
    /** The length of a value that is received in parts. */
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

    private String replies() {
        return new String(output.takeBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldConsumeOnlyCompleteRequests() {
        ByteBuffer input = bytes("get a\r\nget b");

        assertThat(session.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);

        assertThat(input.remaining()).isEqualTo("get b".length());
        assertThat(replies()).isEqualTo("END\r\n");
    }

    @Test
    void shouldReadAWindowInTheMiddleOfAnArray() {
        byte[] array = "xxxversion\r\nxxx".getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer input = ByteBuffer.wrap(array, 1, array.length - 1).slice();
        input.position(2).limit(input.capacity() - 3);

        assertThat(session.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);

        assertThat(input.hasRemaining()).isFalse();
        assertThat(replies()).isEqualTo("VERSION 1.6.45\r\n");
    }

    @Test
    void shouldReturnABufferForTheRestOfALargeValue() {
        assertThat(session.valueBuffers()).isNull();
        session.process(bytes("set k 0 0 " + LARGE + "\r\nabc"), output);

        ByteBuffer buffer = Objects.requireNonNull(session.valueBuffers())[0];
        assertThat(buffer.remaining()).isEqualTo(LARGE - 3);
        assertThat(session.valueBuffers()).isSameAs(session.valueBuffers()); // no allocation, which may fail
        buffer.put(bytes("x".repeat(LARGE - 3)));
        assertThat(session.valueBuffers()).isNull();
        assertThat(session.process(bytes("\r\nget k\r\n"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);

        assertThat(replies())
                .isEqualTo("STORED\r\nVALUE k 0 " + LARGE + "\r\nabc" + "x".repeat(LARGE - 3) + "\r\nEND\r\n");
        assertThat(session.valueBuffers()).isNull();
    }

    @Test
    void shouldStoreABinaryValueThatWasReadIntoItsBufferCompletely() {
        BinaryWire wire = new BinaryWire();
        String request = wire.encode("set flags=0 exptime=0 key=k value=" + "x".repeat(LARGE));
        session.process(bytes(request.substring(0, request.length() - LARGE)), output);

        ByteBuffer buffer = Objects.requireNonNull(session.valueBuffers())[0];
        buffer.put(bytes("x".repeat(LARGE)));
        assertThat(session.process(bytes(""), output)).isEqualTo(SessionProgress.NEEDS_INPUT);

        assertThat(wire.decode(replies())).isEqualTo("set cas=1\r\n");
        assertThat(cache.get("k")).hasSize(LARGE);
    }

    @Test
    void shouldPrefetchKeysFromAnyInputWithoutConsumingIt() {
        CodecPool pool = new CodecPool(context);
        cache.set("key", new byte[10]);
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            byte[] garbage = new byte[random.nextInt(700)];
            random.nextBytes(garbage);
            if (garbage.length > 0 && i % 3 == 0) {
                garbage[0] = BinaryHeader.MAGIC;
            }
            ByteBuffer input = i % 4 == 0 ? bytes("get key\r\n") : ByteBuffer.wrap(garbage);
            int remaining = input.remaining();
            pool.addFirstKey(input);
            assertThat(input.remaining()).isEqualTo(remaining);
            if (random.nextInt(50) == 0) { // often after more keys than a batch can hold
                pool.prefetch();
            }
        }
        assertThat(cache.statistics().get(Statistic.GET_HITS)).isZero();
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isZero();
    }

    @Test
    void shouldCloseAfterATooLongLineWithoutEnd() {
        assertThat(session.process(bytes("x".repeat(2048)), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(session.process(bytes("x".repeat(2049)), output)).isEqualTo(SessionProgress.CLOSE);
        assertThat(session.process(bytes("version\r\n"), output)).isEqualTo(SessionProgress.CLOSE);
        assertThat(output.isEmpty()).isTrue();
    }

    @Test
    void shouldRejectALongLineThatHasAnEndWithoutClosing() {
        assertThat(session.process(bytes("x".repeat(5000) + "\r\nversion\r\n"), output))
                .isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(replies()).isEqualTo("ERROR\r\nVERSION 1.6.45\r\n");
    }

    @Test
    void shouldCloseIfTheLineAndTheValueMayNotFitIntoTheInput() {
        String line = "set a 0 0 10 " + "x ".repeat(1500) + "\r\n";

        assertThat(session.process(bytes(line + "0123"), output)).isEqualTo(SessionProgress.CLOSE);
    }

    @Test
    void shouldTreatABinaryRequestAsTextIfOnlyTheTextProtocolIsEnabled() {
        ServerContext context = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.ASCII), clock);
        try (ClientSession textOnly = new ClientSession(context)) {
            assertThat(textOnly.process(bytes("\u0080\0\0\0\r\n"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
            assertThat(replies()).isEqualTo("ERROR\r\n");
        }
    }

    @Test
    void shouldCloseAfterTextIfOnlyTheBinaryProtocolIsEnabled() {
        ServerContext context = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.BINARY), clock);
        try (ClientSession binaryOnly = new ClientSession(context)) {
            assertThat(binaryOnly.isIdle()).isTrue();
            String line = "get " + "a".repeat(19); // one byte shorter than a header
            assertThat(binaryOnly.process(bytes(line), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
            assertThat(binaryOnly.process(bytes(line + "\r"), output)).isEqualTo(SessionProgress.CLOSE);
            assertThat(output.isEmpty()).isTrue();
        }
    }

    @Test
    void shouldNotChangeTheProtocolAfterTheFirstByte() {
        assertThat(session.process(bytes("version\r\n"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(session.process(bytes("\u0080\0\0\0\r\n"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(replies()).isEqualTo("VERSION 1.6.45\r\nERROR\r\n");
    }

    @Test
    void shouldBeIdleOnlyBetweenBinaryRequests() {
        assertThat(session.process(bytes("\u0080\0\0\1"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(session.isIdle()).isTrue();
        ByteBuffer withoutKey = bytes("\u0080\0\0\1\0\0\0\0\0\0\0\1" + "\0".repeat(12));
        assertThat(session.process(withoutKey, output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(withoutKey.remaining()).isEqualTo(24);
        assertThat(session.isIdle()).isFalse();
    }

    @Test
    void shouldReplyToAnEndlessMultigetWithBoundedInput() {
        cache.set("k".repeat(250), new byte[] {'1'});
        send("get ");
        int hits = 0;
        for (int i = 0; i < 10_000; i++) {
            hits += countHits(send("k".repeat(250) + " "));
        }
        hits += countHits(send("nothing\r\n"));

        assertThat(hits).isEqualTo(10_000);
        assertThat(unconsumed.remaining()).isZero();
    }

    private static int countHits(String replies) {
        return replies.split("VALUE ", -1).length - 1;
    }

    @Test
    void shouldReplyToALongGatWhileItArrives() {
        send("set a 0 0 1\r\n1\r\n");
        send("gats 100 ");
        StringBuilder replies = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            replies.append(send("a "));
        }
        replies.append(send("\r\n"));

        assertThat(countHits(replies.toString())).isEqualTo(3000);
        assertThat(replies).endsWith("\r\n1\r\nEND\r\n");
    }

    @Test
    void shouldRejectATooLongKeyInALongLineOnceAndSkipTheLine() {
        send("get " + "k ".repeat(1100));
        String replies = send("k".repeat(300)) + send("k".repeat(100_000)) + send(" k k k\r\nversion\r\n");

        assertThat(replies).isEqualTo("CLIENT_ERROR bad command line format\r\nVERSION 1.6.45\r\n");
    }

    @Test
    void shouldReturnNoValuesForALineWithATooLongKey() {
        cache.set("a", new byte[500_000]);

        assertThat(send("version\r\nget a a a " + "k".repeat(251) + " a\r\nget b\r\n"))
                .isEqualTo("VERSION 1.6.45\r\nCLIENT_ERROR bad command line format\r\nEND\r\n");
    }

    @Test
    void shouldRejectATooLongKeyInALongLineAfterHits() {
        cache.set("a", new byte[] {'1'});
        send("get " + "k ".repeat(1100));

        assertThat(send("a ") + send("k".repeat(251) + " a\r\nget b\r\n"))
                .isEqualTo("VALUE a 0 1\r\n1\r\nCLIENT_ERROR bad command line format\r\nEND\r\n");
    }

    @Test
    void shouldStopWhenTheOutputIsFullAndContinueWhenItIsDrained() {
        cache.set("a", new byte[10_000]);
        ByteBuffer input = bytes("get a\r\n".repeat(100));
        int hits = 0;
        SessionProgress progress = session.process(input, output);
        while (progress == SessionProgress.OUTPUT_FULL) {
            assertThat(output.size()).isLessThan(ReplyBuffer.DEFAULT_HIGH_WATER + 11_000);
            int before = input.remaining();
            assertThat(session.process(input, output)).isEqualTo(SessionProgress.OUTPUT_FULL);
            assertThat(input.remaining()).isEqualTo(before);
            hits += countHits(replies());
            progress = session.process(input, output);
        }

        assertThat(progress).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(hits + countHits(replies())).isEqualTo(100);
    }

    @Test
    void shouldStopBetweenTheKeysOfAMultiget() {
        cache.set("a", new byte[10_000]);
        ByteBuffer input = bytes("get" + " a".repeat(100) + "\r\n");

        assertThat(session.process(input, output)).isEqualTo(SessionProgress.OUTPUT_FULL);

        assertThat(output.size()).isLessThan(ReplyBuffer.DEFAULT_HIGH_WATER + 11_000);
        assertThat(input.remaining()).isGreaterThan(100);
        assertThat(session.isIdle()).isFalse();
    }

    @Test
    void shouldWriteOneLargeValueAtATime() {
        cache.set("a", new byte[500_000]);
        ByteBuffer input = bytes("get a a a\r\n");
        for (int i = 0; i < 3; i++) {
            SessionProgress progress = session.process(input, output);
            assertThat(progress).isEqualTo(i < 2 ? SessionProgress.OUTPUT_FULL : SessionProgress.NEEDS_INPUT);
            assertThat(output.size()).isBetween(500_000, 500_100);
            output.takeBytes();
        }
    }

    @Test
    void shouldEndATurnAfterItsRequestBudget() {
        ServerContext smallBudget = new ServerContext(
                Engines.of(cache), ServerSettings.defaults().with(ServerOption.REQUESTS_PER_TURN, 3), clock);
        ClientSession turns = new ClientSession(smallBudget);
        ByteBuffer input = bytes("version\r\n".repeat(7));

        assertThat(turns.process(input, output)).isEqualTo(SessionProgress.TURN_OVER);
        assertThat(replies()).isEqualTo("VERSION 1.6.45\r\n".repeat(3));
        assertThat(turns.process(input, output)).isEqualTo(SessionProgress.TURN_OVER);
        assertThat(turns.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(replies()).isEqualTo("VERSION 1.6.45\r\n".repeat(4));
    }

    @Test
    void shouldConsumeALargeValueAsItArrives() {
        send("set a 5 0 500000\r\n");
        assertThat(unconsumed.remaining()).isZero();
        for (int i = 0; i < 500; i++) {
            assertThat(session.isIdle()).isFalse();
            assertThat(send("x".repeat(1000))).isEmpty();
            assertThat(unconsumed.remaining()).isZero();
        }
        assertThat(send("\r")).isEmpty();
        assertThat(send("\nget b\r\n")).isEqualTo("STORED\r\nEND\r\n");

        assertThat(session.isIdle()).isTrue();
        assertThat(cache.get("a")).hasSize(500_000).containsOnly('x');
    }

    @Test
    void shouldSkipATooLargeValueAsItArrives() {
        assertThat(send("set a 0 0 7000000\r\n")).isEmpty();
        for (int i = 0; i < 1000; i++) {
            assertThat(send("get a\r\n".repeat(1000))).isEmpty();
            assertThat(unconsumed.remaining()).isZero();
            assertThat(session.isIdle()).isFalse();
        }
        assertThat(send("\r")).isEmpty();
        assertThat(send("\nget a\r\n")).isEqualTo("SERVER_ERROR object too large for cache\r\nEND\r\n");
        assertThat(session.isIdle()).isTrue();
    }

    @Test
    void shouldReleaseAnIncompleteValueWhenClosed() {
        cache.set("a", new byte[] {'1'});
        long before = cache.statistics().usedBytes();
        ClientSession other = new ClientSession(context);
        other.process(bytes("set a 0 0 900000\r\nxxxxx"), output);
        assertThat(cache.statistics().usedBytes()).isGreaterThanOrEqualTo(before + 900_000);

        other.close();

        assertThat(cache.statistics().usedBytes()).isEqualTo(before);
        assertThat(cache.get("a")).isEqualTo(new byte[] {'1'});
        assertThat(other.process(bytes("version\r\n"), output)).isEqualTo(SessionProgress.CLOSE);
    }

    @Test
    void shouldReplyOutOfMemoryIfALargeValueDoesNotFit() {
        try (Cache small = Cache.builder()
                .memoryLimitBytes(4 << 20)
                .maxItemSizeBytes(1 << 20)
                .eviction(false)
                .clock(clock)
                .build()) {
            ServerContext smallContext = new ServerContext(Engines.of(small), ServerSettings.defaults(), clock);
            List<String> replies = new ArrayList<>();
            try (ClientSession smallSession = new ClientSession(smallContext)) {
                for (int i = 0; i < 6; i++) {
                    smallSession.process(bytes("set k" + i + " 0 0 900000\r\n" + "x".repeat(900_000) + "\r\n"), output);
                    replies.add(replies());
                }
                smallSession.process(
                        bytes("set k0 0 0 950000\r\n" + "y".repeat(950_000) + "\r\nget k0 k1 k2\r\n"), output);
            }
            assertThat(replies).first().isEqualTo("STORED\r\n");
            assertThat(replies).last().isEqualTo("SERVER_ERROR out of memory storing object\r\n");
            // a failed set deletes the old item, so that a client does not read it instead of the new one
            assertThat(replies()).startsWith("SERVER_ERROR out of memory storing object\r\nVALUE k1 0 900000\r\n");
            small.checkIntegrity();
        }
    }

    @Test
    void shouldBeIdleBetweenCommandsAndInTheMiddleOfALine() {
        assertThat(session.isIdle()).isTrue();
        send("get a");
        assertThat(session.isIdle()).isTrue();
        send("\r\nset a 0 0 10\r\n0123");
        assertThat(session.isIdle()).isFalse();
        send("456789\r\n");
        assertThat(session.isIdle()).isTrue();
    }

    @Test
    void shouldTraceCommandsAndRepliesOnlyWhileTheVerbosityIsHigh() {
        send("get a\r\n");
        assertThat(traces).isEmpty();

        send("verbosity 2\r\n");
        send("set a 0 0 1\r\n1\r\nget a b\r\nincr a 5\r\n");
        send("verbosity 0\r\n");
        send("get a\r\n");

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
        send("verbosity 2\r\n");
        send("get a\u001b[31m\u0007 b\\c\r\nset \u00c2\u009b2J\u00e9 0 0 1\r\nx\r\n");
        send("get \u00c2\u009b2J\u00e9\r\nget \u00c3\u00a9\u00e2\u0080\u00ae\r\nverbosity 0\r\n");
        assertThat(traces)
                .contains(
                        "<1 get a\\x1b[31m\\x07 b\\\\c",
                        "<1 set \u00c2\\x9b2J\u00e9 0 0 1",
                        ">1 sending key \u00c2\\x9b2J\u00e9",
                        "<1 get \u00e9\\u202e");
        assertThat(String.join("", traces).chars()).noneMatch(Character::isISOControl);
    }

    private ByteBuffer unconsumed = ByteBuffer.allocate(0);

    /** Passes the unconsumed input of earlier calls and the text to the session. Returns the replies. */
    private String send(String text) {
        ByteBuffer input = ByteBuffer.allocate(unconsumed.remaining() + text.length());
        input.put(unconsumed).put(bytes(text)).flip();
        assertThat(input.remaining()).isLessThanOrEqualTo(text.length() + context.inputLengthMax());
        StringBuilder replies = new StringBuilder();
        while (session.process(input, output) != SessionProgress.NEEDS_INPUT) {
            replies.append(replies());
        }
        unconsumed = input;
        return replies.append(replies()).toString();
    }
}
