package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.watch.Watcher;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.testing.TestClock;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The effects of the results of an interceptor on commands and replies. */
class InterceptResultTest {
    private static final ResponseFault CLOSE_AFTER_3_BYTES = new ResponseFault(Kind.CLOSE, 3, Duration.ZERO);
    private static final InterceptResult BUSY =
            new InterceptResult(false, new InterceptResult.Reply.Failure("SERVER_ERROR busy", 0x85), null);
    private static final InterceptResult EVICT = new InterceptResult(true, null, null);
    private static final InterceptResult RESPONSE_FAULT = new InterceptResult(false, null, CLOSE_AFTER_3_BYTES);

    /** A value that is received in parts, and smaller than the item size limit. */
    private static final String LARGE = "x".repeat(600_000);

    private final BinaryWire wire = new BinaryWire();
    private final TestClock clock = new TestClock();
    private final Cache cache = Cache.builder().clock(clock).build();
    private final List<String> traces = new ArrayList<>();
    private final ServerContext context = new ServerContext(
            Engines.of(cache), ServerSettings.defaults().with(ServerOption.VERBOSITY, 2), clock, traces::add);
    private final ClientSession session = new ClientSession(context);
    private final ReplyBuffer output = new ReplyBuffer();

    @AfterEach
    void checkIntegrity() {
        session.close();
        cache.checkIntegrity();
        cache.close();
    }

    private void interceptWith(InterceptResult result) {
        context.interceptor().set(command -> result);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private ByteBuffer packets(String... lines) {
        return bytes(wire.encode(String.join("\r\n", lines)));
    }

    private static InterceptResult raw(String reply) {
        return new InterceptResult(
                false, new InterceptResult.Reply.Raw(reply.getBytes(StandardCharsets.ISO_8859_1)), null);
    }

    private String replies() {
        return new String(output.takeBytes(), StandardCharsets.ISO_8859_1);
    }

    private String send(ByteBuffer input) {
        StringBuilder replies = new StringBuilder();
        SessionProgress progress;
        do {
            progress = session.process(input, output);
            replies.append(replies());
        } while (progress == SessionProgress.OUTPUT_FULL
                || progress == SessionProgress.TURN_OVER
                || progress == SessionProgress.RESPONSE_FAULT);
        return replies + (progress == SessionProgress.CLOSE ? "(closed)" : "");
    }

    private String send(String request) {
        return send(bytes(request));
    }

    private void set(String key, String value) {
        cache.set(key, value.getBytes(StandardCharsets.ISO_8859_1));
    }

    // ---- a reply in place of the execution

    @Test
    void shouldReplyWithAFailureInsteadOfExecuting() {
        set("a", "1");
        interceptWith(BUSY);
        String busy = "SERVER_ERROR busy\r\n";
        assertThat(send("set a 0 0 1\r\n2\r\ndelete a\r\nget a b\r\nincr a 1\r\nflush_all\r\nstats\r\n"))
                .isEqualTo(busy.repeat(6));
        assertThat(send("ms a 1\r\n2\r\nmg a v\r\nmd a\r\nma a\r\nme a\r\nmn\r\nquit\r\n"))
                .isEqualTo(busy.repeat(7));
        assertThat(send("bogus\r\nset a 0 0 x\r\n")).isEqualTo(busy.repeat(2));
        assertThat(cache.get("a")).asString(StandardCharsets.ISO_8859_1).isEqualTo("1");
        assertThat(traces).contains(">1 SERVER_ERROR busy");
    }

    @Test
    void shouldSuppressAFailureForNoreplyButNotForQuietMetaCommands() {
        interceptWith(BUSY);
        assertThat(send("set a 0 0 1 noreply\r\n2\r\ndelete a noreply\r\n")).isEmpty();
        assertThat(send("mg a q v\r\nmd a q\r\n")).isEqualTo("SERVER_ERROR busy\r\n".repeat(2));
    }

    @Test
    void shouldReplyWithAFailureStatusInTheBinaryProtocol() {
        interceptWith(BUSY);
        assertThat(wire.decode(send(packets(
                        "set flags=0 exptime=0 key=a value=1 opaque=5",
                        "getkq key=a opaque=6",
                        "stat",
                        "quitq",
                        "0x55 key=a value=b opaque=7",
                        "noop"))))
                .isEqualTo("""
                        set status=133 opaque=5 value=busy\r
                        getkq status=133 opaque=6 value=busy\r
                        stat status=133 value=busy\r
                        quitq status=133 value=busy\r
                        0x55 status=133 opaque=7 value=busy\r
                        noop status=133 value=busy\r
                        """);
        assertThat(cache.get("a")).isNull();
    }

    @Test
    void shouldCloseAfterInvalidInputDespiteAReplacedReply() {
        interceptWith(BUSY);
        assertThat(send("x".repeat(3_000))).isEqualTo("SERVER_ERROR busy\r\n(closed)");
        try (ClientSession binary = new ClientSession(context)) {
            assertThat(binary.process(packets("noop opaque=7", "raw value=get%20aaaaaaaaaaaaaaaaaa%0D%0A"), output))
                    .isEqualTo(SessionProgress.CLOSE);
            assertThat(wire.decode(replies()))
                    .isEqualTo("noop status=133 opaque=7 value=busy\r\nget status=133 value=busy\r\n");
        }
        try (ClientSession binary = new ClientSession(context)) {
            assertThat(binary.process(packets("set key=a bodylen=0"), output)).isEqualTo(SessionProgress.CLOSE);
            assertThat(wire.decode(replies())).isEqualTo("set status=133 value=busy\r\n");
        }
    }

    @Test
    void shouldSendRawBytesUnmodifiedEvenForNoreply() {
        interceptWith(raw("ANYTHING"));
        assertThat(send("get a\r\nset a 0 0 1 noreply\r\n2\r\n")).isEqualTo("ANYTHINGANYTHING");
    }

    @Test
    void shouldNotStoreALargeValueIfTheReplyIsReplaced() {
        interceptWith(BUSY);
        assertThat(send("set a 0 0 600000\r\n" + LARGE + "\r\nms a 600000\r\n" + LARGE + "\r\n"))
                .isEqualTo("SERVER_ERROR busy\r\n".repeat(2));
        assertThat(send("set a 0 0 2000000\r\n" + "x".repeat(2_000_000) + "\r\nget a\r\n"))
                .isEqualTo("SERVER_ERROR busy\r\n".repeat(2));
        assertThat(cache.statistics().usedBytes()).isLessThan(LARGE.length());
        context.interceptor().set(null);
        assertThat(send("set a 0 0 600000\r\n" + LARGE + "\r\n")).isEqualTo("STORED\r\n");
    }

    @Test
    void shouldNotStoreALargeBinaryValueIfTheReplyIsReplaced() {
        interceptWith(BUSY);
        assertThat(wire.decode(send(packets(
                        "setq flags=0 exptime=0 key=a opaque=3 value=" + LARGE,
                        "set flags=0 exptime=0 key=a value=" + "x".repeat(2_000_000),
                        "noop"))))
                .isEqualTo("setq status=133 opaque=3 value=busy\r\nset status=133 value=busy\r\n"
                        + "noop status=133 value=busy\r\n");
        assertThat(cache.statistics().usedBytes()).isLessThan(LARGE.length());
    }

    @Test
    void shouldSkipTheRestOfALongLine() {
        interceptWith(BUSY);
        assertThat(send("get" + " key".repeat(200_000) + "\r\nget b\r\n")).isEqualTo("SERVER_ERROR busy\r\n".repeat(2));
    }

    // ---- evicted items

    @Test
    void shouldEvictTheItemsBeforeTheCommandIsExecuted() {
        set("a", "1");
        set("b", "2");
        set("c", "3");
        Watcher watcher = Objects.requireNonNull(context.watchers().add(WatchKind.EVICTIONS.bit(), () -> {}));
        interceptWith(EVICT);
        assertThat(send("get a b none\r\n")).isEqualTo("END\r\n");
        watcher.drainTo(output);
        assertThat(replies().replaceAll("(?m)^ts=\\S+ gid=\\d+ ", "")).isEqualTo("""
                        type=eviction key=a fetch=no ttl=-1 la=0 clsid=1 size=1
                        type=eviction key=b fetch=no ttl=-1 la=0 clsid=1 size=1
                        """);
        assertThat(cache.statistics().get(Statistic.EVICTIONS)).isEqualTo(2);
        assertThat(cache.statistics().get(Statistic.GET_MISSES)).isEqualTo(3);
        assertThat(send("replace c 0 0 1\r\nx\r\n")).isEqualTo("NOT_STORED\r\n");
        set("c", "3");
        assertThat(send("mg Yw== b v\r\n")).isEqualTo("EN\r\n");
        set("c", "3");
        assertThat(send("replace c 0 0 600000\r\n" + LARGE + "\r\n")).isEqualTo("NOT_STORED\r\n");
        assertThat(send("set c 0 0 1\r\nx\r\n")).isEqualTo("STORED\r\n");
        context.interceptor().set(null);
        assertThat(send("get c\r\n")).isEqualTo("VALUE c 0 1\r\nx\r\nEND\r\n");
    }

    @Test
    void shouldEvictTheItemOfABinaryCommand() {
        set("a", "1");
        interceptWith(EVICT);
        assertThat(wire.decode(send(packets("get key=a")))).isEqualTo("get status=1 value=Not found\r\n");
    }

    // ---- response faults

    @Test
    void shouldEndTheTurnAfterAReplyWithAFault() {
        context.interceptor().set(command -> command.key().equals("b") ? RESPONSE_FAULT : InterceptResult.PROCEED);
        ByteBuffer input = bytes("get a\r\nget b\r\nget c\r\n");
        assertThat(session.fault()).isNull();

        assertThat(session.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);

        assertThat(session.fault()).isEqualTo(CLOSE_AFTER_3_BYTES);
        assertThat(session.faultOffset()).isEqualTo("END\r\n".length());
        assertThat(input.remaining()).isEqualTo("get c\r\n".length());
        assertThat(replies()).isEqualTo("END\r\nEND\r\n");
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(replies()).isEqualTo("END\r\n");
    }

    @Test
    void shouldCountTheFaultOffsetFromTheFirstUnsentByte() {
        session.process(bytes("version\r\n"), output);
        output.drainTo(ByteBuffer.allocate(3));
        interceptWith(RESPONSE_FAULT);
        assertThat(session.process(bytes("get a\r\n"), output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(session.faultOffset()).isEqualTo("VERSION 1.6.45\r\n".length() - 3);
        replies();
    }

    @Test
    void shouldReportAFaultOfAnEmptyReply() {
        interceptWith(RESPONSE_FAULT);
        assertThat(session.process(bytes("delete a noreply\r\nget a\r\n"), output))
                .isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(session.faultOffset()).isZero();
        assertThat(output.isEmpty()).isTrue();
    }

    @Test
    void shouldEndTheTurnAfterAReplyWithAFaultThatIsLongerThanTheOutput() {
        set("a", "x".repeat(50_000));
        interceptWith(RESPONSE_FAULT);
        ByteBuffer input = bytes("get" + " a".repeat(10) + "\r\nget b\r\n");
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(output.isFull()).isTrue();
        assertThat(session.faultOffset()).isZero();
        replies();
        SessionProgress progress = session.process(input, output);
        for (; progress == SessionProgress.OUTPUT_FULL; progress = session.process(input, output)) {
            assertThat(session.isFaultyReplyIncomplete()).isTrue();
            replies();
        }
        assertThat(progress).as("first get").isEqualTo(SessionProgress.TURN_OVER);
        assertThat(session.isFaultyReplyIncomplete()).isFalse();
        assertThat(replies()).endsWith("x\r\nEND\r\n");
        assertThat(session.process(input, output)).as("second get").isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(replies()).isEqualTo("END\r\n");
    }

    @Test
    void shouldReportAFaultOfAStreamedReply() {
        interceptWith(RESPONSE_FAULT);
        assertThat(session.process(bytes("stats conns\r\nstats items\r\n"), output))
                .isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(replies()).endsWith("END\r\n");
        try (ClientSession binary = new ClientSession(context)) {
            ByteBuffer input = packets("stat", "noop");
            assertThat(binary.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
            assertThat(wire.decode(replies())).endsWith("\r\nstat\r\n");
            assertThat(binary.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
            assertThat(wire.decode(replies())).isEqualTo("noop\r\n");
        }
    }

    @Test
    void shouldReportAFaultOfTheReplyForALargeValue() {
        interceptWith(RESPONSE_FAULT);
        ByteBuffer input = bytes("set a 0 0 600000\r\n" + LARGE + "\r\nget a\r\n");
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(replies()).isEqualTo("STORED\r\n");
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(replies()).startsWith("VALUE a 0 600000\r\n");
    }

    @Test
    void shouldCloseAfterAQuitWithAFault() {
        interceptWith(RESPONSE_FAULT);
        ByteBuffer input = bytes("quit\r\n");
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(session.process(input, output)).isEqualTo(SessionProgress.CLOSE);
        try (ClientSession binary = new ClientSession(context)) {
            assertThat(binary.process(packets("noop", "raw value=getaaaaaaaaaaaaaaaaaaaaa"), output))
                    .isEqualTo(SessionProgress.RESPONSE_FAULT);
            assertThat(binary.process(packets("raw value=getaaaaaaaaaaaaaaaaaaaaa"), output))
                    .isEqualTo(SessionProgress.RESPONSE_FAULT);
            assertThat(binary.process(bytes(""), output)).isEqualTo(SessionProgress.CLOSE);
            replies();
        }
    }

    @Test
    void shouldReportAFaultOfAReplacedReply() {
        interceptWith(new InterceptResult(false, BUSY.reply(), CLOSE_AFTER_3_BYTES));
        assertThat(session.process(bytes("get a\r\nget b\r\n"), output)).isEqualTo(SessionProgress.RESPONSE_FAULT);
        assertThat(replies()).isEqualTo("SERVER_ERROR busy\r\n");
    }

    // ---- connections

    @Test
    void shouldPassAConnectionToTheInterceptorBeforeItsCommands() {
        List<Integer> connections = new ArrayList<>();
        context.interceptor().set(new Interceptor() {
            @Override
            public InterceptResult onCommand(Command command) {
                connections.add(-command.connection());
                return InterceptResult.PROCEED;
            }

            @Override
            public InterceptResult onConnect(int connection) {
                connections.add(connection);
                return RESPONSE_FAULT;
            }
        });
        session.transport(new StubTransport());
        assertThat(session.fault()).isEqualTo(CLOSE_AFTER_3_BYTES);
        assertThat(session.faultOffset()).isZero();
        assertThat(session.process(bytes("get a\r\n"), output)).isEqualTo(SessionProgress.NEEDS_INPUT);
        assertThat(connections).hasSize(2).last().isEqualTo(-connections.get(0));
        replies();
    }

    private static final class StubTransport implements SessionTransport {
        @Override
        public @Nullable SocketAddress remoteAddress() {
            return null;
        }

        @Override
        public @Nullable SocketAddress localAddress() {
            return null;
        }

        @Override
        public long lastReadMillis() {
            return 0;
        }

        @Override
        public void wakeUp() {}
    }
}
