package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class UdpTest {
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final short REQUEST_ID = 0x1234;
    private static final short END_ID = 0x7777;

    /** A reply datagram without its request id. */
    private record Reply(int sequenceNumber, int datagrams, String payload) {}

    @AutoClose
    private final EmbeddedMemcached memcached =
            EmbeddedMemcached.builder().udp(true).threads(2).start();

    @AutoClose
    private final DatagramSocket socket = newSocket();

    private static DatagramSocket newSocket() {
        try {
            DatagramSocket socket = new DatagramSocket();
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.setReceiveBufferSize(1 << 20);
            return socket;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static ByteBuffer datagram(int id, int sequenceNumber, int datagrams, byte[] payload) {
        return ByteBuffer.allocate(8 + payload.length)
                .putShort((short) id)
                .putShort((short) sequenceNumber)
                .putShort((short) datagrams)
                .putShort((short) 0)
                .put(payload)
                .flip();
    }

    private void send(InetSocketAddress server, byte[] datagram) throws IOException {
        socket.send(new DatagramPacket(datagram, datagram.length, server));
    }

    /** Sends a datagram, then a request that always has a reply, and returns the datagrams received before that reply. */
    private List<Reply> repliesTo(InetSocketAddress server, byte[] datagram) throws IOException {
        send(server, datagram);
        send(server, datagram(END_ID, 0, 1, bytes("get the_end\r\n")).array());
        List<Reply> replies = new ArrayList<>();
        while (true) {
            DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
            socket.receive(packet);
            ByteBuffer received = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
            short id = received.getShort();
            int sequenceNumber = received.getShort();
            int datagrams = received.getShort();
            assertThat(received.getShort()).isZero();
            assertThat(packet.getLength()).isLessThanOrEqualTo(1400);
            if (id == END_ID) {
                return replies;
            }
            assertThat(id).isEqualTo(REQUEST_ID);
            byte[] payload = new byte[received.remaining()];
            received.get(payload);
            replies.add(new Reply(sequenceNumber, datagrams, new String(payload, StandardCharsets.ISO_8859_1)));
        }
    }

    private List<Reply> repliesTo(InetSocketAddress server, String request) throws IOException {
        return repliesTo(server, datagram(REQUEST_ID, 0, 1, bytes(request)).array());
    }

    private List<Reply> repliesTo(String request) throws IOException {
        return repliesTo(memcached.address(), request);
    }

    private static String binary(String hex) {
        return new String(HexFormat.of().parseHex(hex.replace(" ", "")), StandardCharsets.ISO_8859_1);
    }

    // ---- comparison with a real memcached

    static List<String> requests() {
        return List.of(
                "get small\r\n",
                "get nope\r\n",
                "get large\r\n",
                "get small large small\r\n",
                "get small nope\r\n",
                "get nope small nope nope\r\n",
                "get large nope large\r\n",
                "get fits nope\r\n",
                "get too_long nope\r\n",
                "get small\r\nget large\r\nget nope\r\n",
                "get small\r\nget small", // the incomplete command is dropped, the complete one is executed
                "get small\r\nbogus\r\n",
                "set k 0 0 3 noreply\r\nabc\r\nget k\r\n",
                "set k 0 0 3\r\nabc\r\n",
                "delete k\r\n",
                "touch small 0\r\ntouch nope 0\r\n",
                "gat 0 small large\r\n",
                "get " + "k".repeat(251) + "\r\n",
                "x".repeat(3000));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void shouldReplyWithTheDatagramsOfARealMemcached(String request) throws IOException {
        try (RealMemcached real = RealMemcached.startWithUdp()) {
            for (InetSocketAddress server : List.of(memcached.address(), real.address())) {
                try (SocketClient client = SocketClient.connect(server)) {
                    client.send("set small 5 0 3\r\nabc\r\n").expect("STORED\r\n");
                    client.send("set large 0 0 10000\r\n" + "0123456789".repeat(1000) + "\r\n")
                            .expect("STORED\r\n");
                    client.send("set fits 0 0 1371\r\n" + "x".repeat(1371) + "\r\n")
                            .expect("STORED\r\n");
                    client.send("set too_long 0 0 1368\r\n" + "x".repeat(1368) + "\r\n")
                            .expect("STORED\r\n");
                }
            }
            List<Reply> expected = repliesTo(real.address(), request);
            expected.removeIf(reply -> reply.datagrams == 0); // an empty datagram, sent for some misses
            assertThat(repliesTo(memcached.address(), request)).isEqualTo(expected);
        }
    }

    // ---- without a real memcached

    @Test
    void shouldNumberTheDatagramsOfEachReply() throws IOException {
        String value = "0123456789".repeat(300);
        memcached.cache().set("k", bytes(value));
        List<Reply> replies = repliesTo("get k nope\r\nget nope\r\n");
        String whole = "VALUE k 0 3000\r\n" + value + "\r\n";
        assertThat(replies)
                .containsExactly(
                        new Reply(0, 3, whole.substring(0, 1392)),
                        new Reply(1, 3, whole.substring(1392, 2784)),
                        new Reply(2, 3, whole.substring(2784)),
                        new Reply(0, 1, "END\r\n"),
                        new Reply(0, 1, "END\r\n"));
    }

    @Test
    void shouldDetectTheProtocolOfEachDatagram() throws IOException {
        assertThat(repliesTo("get k\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
        String noop = binary("800a0000 00000000 00000000 deadbeef 00000000 00000000");
        String reply = binary("810a0000 00000000 00000000 deadbeef 00000000 00000000");
        assertThat(repliesTo(noop + noop)).containsExactly(new Reply(0, 1, reply), new Reply(0, 1, reply));
        assertThat(repliesTo("get k\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
    }

    @Test
    void shouldDropMalformedDatagrams() throws IOException {
        byte[] get = bytes("get k\r\n");
        InetSocketAddress server = memcached.address();
        assertThat(repliesTo(server, new byte[0])).isEmpty();
        assertThat(repliesTo(server, new byte[] {1, 2, 3})).isEmpty();
        assertThat(repliesTo(server, datagram(REQUEST_ID, 0, 1, new byte[0]).array()))
                .isEmpty();
        assertThat(repliesTo(server, datagram(REQUEST_ID, 0, 0, get).array())).isEmpty();
        assertThat(repliesTo(server, datagram(REQUEST_ID, 0, 2, get).array())).isEmpty();
        assertThat(repliesTo(server, datagram(REQUEST_ID, 9, 1, get).array())).hasSize(1);
    }

    @Test
    void shouldNotContinueAnIncompleteCommandInTheNextDatagram() throws IOException {
        assertThat(repliesTo("set k 0 0 10\r\nabc")).isEmpty();
        assertThat(repliesTo("defghij\r\n")).containsExactly(new Reply(0, 1, "ERROR\r\n"));
        assertThat(repliesTo("set k 0 0 50000\r\n" + "x".repeat(40_000))).isEmpty();
        assertThat(repliesTo("get k\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
    }

    @Test
    void shouldContinueAfterQuit() throws IOException {
        assertThat(repliesTo("get a\r\nquit\r\nget b\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
        assertThat(repliesTo("get a\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
    }

    @Test
    void shouldServeAValueOfAMegabyteInOrder() throws IOException {
        byte[] value = new byte[1_000_000];
        for (int i = 0; i < value.length; i++) {
            value[i] = (byte) ('a' + i % 23);
        }
        memcached.cache().set("k", value);
        // the socket's buffer may not hold all datagrams: check the numbers and sizes of those that arrive
        send(memcached.address(), datagram(REQUEST_ID, 0, 1, bytes("get k\r\n")).array());
        String whole = "VALUE k 0 1000000\r\n" + new String(value, StandardCharsets.ISO_8859_1) + "\r\nEND\r\n";
        int datagrams = (whole.length() + 1391) / 1392;
        for (int i = 0; i < 100; i++) {
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            socket.receive(packet);
            ByteBuffer received = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
            assertThat(received.getShort()).isEqualTo(REQUEST_ID);
            int sequenceNumber = received.getShort();
            assertThat(received.getShort()).isEqualTo((short) datagrams);
            String payload = new String(packet.getData(), 8, packet.getLength() - 8, StandardCharsets.ISO_8859_1);
            int begin = sequenceNumber * 1392;
            assertThat(payload).isEqualTo(whole.substring(begin, Math.min(begin + 1392, whole.length())));
        }
    }

    @Test
    void shouldAcceptOnlyTheConfiguredProtocol() throws IOException {
        try (EmbeddedMemcached text = EmbeddedMemcached.builder()
                .udp(true)
                .protocol(WireProtocol.ASCII)
                .start()) {
            assertThat(repliesTo(text.address(), "get k\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
            // the opcode is a line feed, so the line consists of the magic byte
            assertThat(repliesTo(text.address(), binary("800a0000 00000000 00000000 00000000 00000000 00000000")))
                    .containsExactly(new Reply(0, 1, "CLIENT_ERROR bad command line format\r\n"));
        }
    }

    @Test
    void shouldRebindTheSamePortAfterStop() throws IOException {
        memcached.stop();
        memcached.restart();
        assertThat(repliesTo("get k\r\n")).containsExactly(new Reply(0, 1, "END\r\n"));
    }
}
