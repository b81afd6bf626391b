package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sends arbitrary datagrams to a server. Invariants: no failure inside the server, well-formed headers on every reply, the next request
 * receives a reply, and an intact cache afterwards.
 */
class DatagramFuzzTest {
    private static final int HEADER_LENGTH = 8;
    private static final int REPLY_LENGTH_MAX = 1400;
    private static final int REQUEST_LENGTH_MAX = 60_000;
    private static final int RECEIVE_BUFFER_LENGTH = 4 << 20;

    /** The probe is sent again after this time: the system may drop datagrams when a buffer is full. */
    private static final int PROBE_TIMEOUT_MILLIS = 2_000;

    private static final int PROBES_MAX = 10;
    private static final String PROBE_REPLY = "VERSION ";

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "24h")
    void datagram(byte[] input) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        InetSocketAddress free = new InetSocketAddress(loopback, 0);
        try (Cache cache = Cache.builder().build();
                SocketServer server = SocketServer.bind(new Endpoints(List.of(), List.of(free), null, 1));
                DatagramSocket client = new DatagramSocket(0, loopback)) {
            ServerSettings settings = ServerSettings.defaults().with(ServerOption.THREADS, 1);
            server.serve(new ServerContext(Engines.of(cache), settings, InstantSource.system()), 0, null);
            client.setReceiveBufferSize(RECEIVE_BUFFER_LENGTH);
            client.setSoTimeout(PROBE_TIMEOUT_MILLIS);
            client.connect(server.endpoints().udp().get(0));
            client.send(new DatagramPacket(input, Math.min(input.length, REQUEST_LENGTH_MAX)));
            awaitProbe(client);
            assertThat(server.failures()).as("failures").isZero();
            cache.checkIntegrity();
        }
    }

    /** Requests of all protocols in frames that are correct, wrongly numbered, truncated, or missing. */
    static Stream<byte[]> seeds() {
        return Stream.of(
                frame(1, "get a b c\r\n"),
                frame(1, "set a 0 0 1\r\nx\r\nget a\r\ngets a a a a\r\n"),
                frame(1, "set a 0 0 3000\r\n" + "x".repeat(3000) + "\r\nget a\r\n"),
                frame(1, "set a 0 0 3000\r\nincomplete"),
                frame(1, "mn\r\nms a S1\r\nx\r\nmg a v t s c\r\nmn\r\n"),
                frame(1, "stats\r\nstats settings\r\nstats items\r\n"),
                frame(1, "watch fetchers\r\n"),
                frame(1, "lru_crawler metadump all\r\n"),
                frame(1, "\u0080\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0a"),
                frame(1, "\u0080\u0010" + "\0".repeat(22)),
                frame(1, "quit\r\nversion\r\n"),
                frame(2, "get a\r\n"),
                frame(0, "get a\r\n"),
                new byte[HEADER_LENGTH],
                new byte[HEADER_LENGTH - 1],
                new byte[0]);
    }

    private static byte[] frame(int datagrams, String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(HEADER_LENGTH + bytes.length)
                .putShort((short) 7)
                .putShort((short) 0)
                .putShort((short) datagrams)
                .putShort((short) 0)
                .put(bytes)
                .array();
    }

    private static void awaitProbe(DatagramSocket client) throws IOException {
        byte[] probe = frame(1, "version\r\n");
        DatagramPacket reply = new DatagramPacket(new byte[2 * REPLY_LENGTH_MAX], 2 * REPLY_LENGTH_MAX);
        for (int probes = 0; probes < PROBES_MAX; probes++) {
            client.send(new DatagramPacket(probe, probe.length));
            try {
                do {
                    client.receive(reply);
                    checkHeader(reply);
                } while (!isProbeReply(reply));
                return;
            } catch (SocketTimeoutException e) {
                // dropped by the system: send it again
            }
        }
        throw new AssertionError("the server does not reply any more");
    }

    private static void checkHeader(DatagramPacket reply) {
        assertThat(reply.getLength()).as("bytes of a reply").isBetween(HEADER_LENGTH, REPLY_LENGTH_MAX);
        ByteBuffer header = ByteBuffer.wrap(reply.getData());
        int sequenceNumber = header.getShort(2) & 0xFFFF;
        int datagrams = header.getShort(4) & 0xFFFF;
        assertThat(sequenceNumber).as("sequence number").isLessThan(datagrams);
        assertThat(header.getShort(6)).as("reserved").isZero();
    }

    private static boolean isProbeReply(DatagramPacket reply) {
        String payload = new String(
                reply.getData(), HEADER_LENGTH, reply.getLength() - HEADER_LENGTH, StandardCharsets.ISO_8859_1);
        return payload.startsWith(PROBE_REPLY);
    }
}
