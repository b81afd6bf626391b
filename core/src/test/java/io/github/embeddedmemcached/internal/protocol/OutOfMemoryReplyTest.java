package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.engine.log.Segment;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The replies to commands for whose replies there is no memory. */
class OutOfMemoryReplyTest {
    private static final int LENGTH = 100_000;
    private static final String VALUE = "x".repeat(LENGTH);

    private final InstantSource clock = this::time;
    private final Cache cache = Cache.builder().build();
    private final ServerContext context = new ServerContext(Engines.of(cache), ServerSettings.defaults(), clock);
    private final ClientSession session = new ClientSession(context);
    private boolean isMemoryShort;

    @AfterEach
    void close() {
        HeapArrays.refusal = null;
        session.close();
        cache.close();
    }

    private Instant time() {
        if (isMemoryShort) {
            throw new OutOfMemoryError("test");
        }
        return Instant.ofEpochSecond(1_000_000_000);
    }

    private String send(String request) {
        ReplyBuffer output = new ReplyBuffer();
        session.process(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)), output);
        return new String(output.takeBytes(), StandardCharsets.US_ASCII);
    }

    @Test
    void shouldReplyOutOfMemoryToStats() {
        send("version\r\n");
        isMemoryShort = true;
        assertThat(send("version\r\nstats\r\nversion\r\n"))
                .isEqualTo("VERSION 1.6.45\r\nSERVER_ERROR out of memory writing stats\r\nVERSION 1.6.45\r\n");
        isMemoryShort = false;
        assertThat(send("stats\r\n")).contains("STAT response_obj_oom 1\r\n");
    }

    @Test
    void shouldReplyOutOfMemoryToAGetAndSkipTheOtherKeys() {
        send("set k 0 0 1\r\nx\r\n");
        context.watchers().add(WatchKind.FETCHERS.bit(), () -> {}); // a log line reads the clock, which fails
        isMemoryShort = true;
        assertThat(send("get k k\r\nversion\r\n"))
                .isEqualTo("SERVER_ERROR out of memory writing get response\r\nVERSION 1.6.45\r\n");
        isMemoryShort = false;
        assertThat(send("get k\r\n")).isEqualTo("VALUE k 0 1\r\nx\r\nEND\r\n");
    }

    /** Refuses arrays and other objects of this size to this thread. */
    private static void refuse(int bytes) {
        Thread thread = Thread.currentThread();
        HeapArrays.refusal = refused -> refused == bytes && Thread.currentThread() == thread;
    }

    private String sendAll(String request) {
        return send(request) + send("version\r\n");
    }

    private void setLargeValue() {
        assertThat(send("set k 3 0 " + LENGTH + "\r\n" + VALUE + "\r\n")).isEqualTo("STORED\r\n");
        assertThat(send("set small 0 0 1\r\ny\r\n")).isEqualTo("STORED\r\n");
    }

    private void checkThatNoValueIsLeased() {
        cache.flushAll();
        assertThat(cache.statistics().usedBytes()).isLessThan(LENGTH);
    }

    @Test
    void shouldReplyOutOfMemoryToAGetOfALargeValue() {
        setLargeValue();
        refuse(Segment.VALUE_BUFFER_BYTES);
        assertThat(sendAll("get small k small\r\n"))
                .isEqualTo("VALUE small 0 1\r\ny\r\n"
                        + "SERVER_ERROR out of memory writing get response\r\nVERSION 1.6.45\r\n");
        HeapArrays.refusal = null;
        assertThat(send("get k small\r\n")).isEqualTo("VALUE k 3 " + LENGTH + "\r\n" + VALUE + "\r\n");
        assertThat(send(" small\r\n")).isEqualTo("VALUE small 0 1\r\ny\r\nEND\r\n");
        checkThatNoValueIsLeased();
    }

    @Test
    void shouldReplyOutOfMemoryToAMetaGetOfALargeValue() {
        setLargeValue();
        refuse(Segment.VALUE_BUFFER_BYTES);
        assertThat(sendAll("mg k v f\r\n"))
                .isEqualTo("SERVER_ERROR out of memory writing get response\r\nVERSION 1.6.45\r\n");
        assertThat(sendAll("mg k s\r\n")).isEqualTo("HD s" + LENGTH + "\r\nVERSION 1.6.45\r\n");
        HeapArrays.refusal = null;
        assertThat(sendAll("mg k v f\r\n")).isEqualTo("VA " + LENGTH + " f3\r\n" + VALUE + "\r\nVERSION 1.6.45\r\n");
        checkThatNoValueIsLeased();
    }

    @Test
    void shouldReplyOutOfMemoryToABinaryGetOfALargeValue() {
        setLargeValue();
        BinaryWire wire = new BinaryWire();
        try (ClientSession binary = new ClientSession(context)) {
            refuse(Segment.VALUE_BUFFER_BYTES);
            for (String command : List.of("get", "getq", "getk", "gat", "gatkq")) {
                String exptime = command.startsWith("gat") ? " exptime=0" : "";
                String requests = command + exptime + " key=k opaque=7\r\nnoop opaque=8\r\n";
                assertThat(sendBinary(binary, wire, requests))
                        .isEqualTo(command
                                + " status=130 opaque=7 value=Out of memory allocating item\r\nnoop opaque=8\r\n");
            }
            HeapArrays.refusal = null;
            assertThat(sendBinary(binary, wire, "getk key=k opaque=7\r\n")).contains("key=k value=" + VALUE);
        }
        checkThatNoValueIsLeased();
    }

    private static String sendBinary(ClientSession session, BinaryWire wire, String requests) {
        ReplyBuffer output = new ReplyBuffer();
        session.process(ByteBuffer.wrap(wire.encode(requests).getBytes(StandardCharsets.ISO_8859_1)), output);
        return wire.decode(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
    }

    /** Sends the command, and reads the value as a connection does: directly into its buffers. */
    private void receiveLargeValue(String command) {
        assertThat(send(command + "\r\n")).isEmpty();
        ByteBuffer[] buffers = Objects.requireNonNull(session.valueBuffers());
        buffers[0].put(VALUE.getBytes(StandardCharsets.US_ASCII));
        buffers[1].put((byte) '\r').put((byte) '\n');
    }

    @Test
    void shouldCloseAfterALargeValueWasStoredWithoutAReply() {
        receiveLargeValue("set k 0 0 " + LENGTH);
        context.watchers().add(WatchKind.MUTATIONS.bit(), () -> {}); // a log line reads the clock, which fails
        isMemoryShort = true;
        assertThatThrownBy(() -> send("")).isInstanceOf(OutOfMemoryError.class);
        isMemoryShort = false;
        ReplyBuffer output = new ReplyBuffer();
        assertThat(session.process(ByteBuffer.allocate(0), output)).isEqualTo(SessionProgress.CLOSE);
        assertThat(output.isEmpty()).isTrue();
        assertThat(cache.get("k")).hasSize(LENGTH);
    }

    @Test
    void shouldInterceptALargeValueAfterThereWasNoMemoryForItsCopy() {
        InterceptorSpy interceptor = new InterceptorSpy();
        context.interceptor().set(interceptor);
        receiveLargeValue("set k 0 0 " + LENGTH);
        refuse(LENGTH);
        assertThatThrownBy(() -> send("")).isInstanceOf(OutOfMemoryError.class);
        HeapArrays.refusal = null;
        assertThat(interceptor.commands()).isEmpty();
        assertThat(send("")).isEqualTo("STORED\r\n");
        assertThat(interceptor.commands()).hasSize(1);
        assertThat(interceptor.commands().get(0).value()).isEqualTo(VALUE.getBytes(StandardCharsets.US_ASCII));
    }
}
