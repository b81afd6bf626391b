package io.github.embeddedmemcached.internal.protocol;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A client that is still writing a value must not receive the reply to it: many clients read only after they have written everything,
 * and some cannot handle an earlier reply. The requests are also sent to a real memcached if one is installed.
 */
class RejectedValueTest {
    /** Longer than the socket buffers of both sides. */
    private static final int LENGTH = 8_000_000;

    /** Requests of another client during which an earlier request is certainly read. */
    private static final int EXCHANGES = 5;

    private static final String VALUE = "get k\r\n".repeat(LENGTH / 7 + 1).substring(0, LENGTH);
    private static final String TOO_LARGE = "SERVER_ERROR object too large for cache\r\n";
    private static final String BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

    private final BinaryWire wire = new BinaryWire();

    /** A header, the reply that follows the value, and whether an older memcached also skips the value. */
    private record RejectedCommand(String header, String reply, boolean removesItem, boolean isSkippedByOlder) {}

    private static final List<RejectedCommand> TEXT = List.of(
            new RejectedCommand("set k 0 0 " + LENGTH, TOO_LARGE, true, true),
            new RejectedCommand("add k 0 0 " + LENGTH, TOO_LARGE, false, true),
            new RejectedCommand("append k 0 0 " + LENGTH, TOO_LARGE, false, true),
            new RejectedCommand("cas k 0 0 " + LENGTH + " 1", TOO_LARGE, false, true),
            new RejectedCommand("set k 0 0 " + LENGTH + " noreply", "", true, true),
            new RejectedCommand("ms k " + LENGTH + " c k Oabc", TOO_LARGE, true, true),
            new RejectedCommand("ms k " + LENGTH + " ME q", TOO_LARGE, true, true),
            new RejectedCommand("ms k " + LENGTH + " MZ", "CLIENT_ERROR invalid mode for ms M token\r\n", false, true),
            new RejectedCommand("ms k " + LENGTH + " T1 T2", "CLIENT_ERROR duplicate flag\r\n", false, true),
            new RejectedCommand("ms k " + LENGTH + " b", "CLIENT_ERROR error decoding key\r\n", false, true),
            new RejectedCommand("ms " + "k".repeat(251) + " " + LENGTH, BAD_LINE, false, false),
            new RejectedCommand("ms k " + LENGTH + " F4294967296", BAD_LINE, false, false),
            new RejectedCommand("set " + "k".repeat(251) + " 0 0 " + LENGTH, BAD_LINE, false, false),
            new RejectedCommand("set k x 0 " + LENGTH, BAD_LINE, false, false),
            new RejectedCommand("cas k 0 0 " + LENGTH + " x", BAD_LINE, false, false));

    private final List<RejectedCommand> binary = List.of(
            new RejectedCommand(header("set flags=0 exptime=0 key=k", 9), "set status=3 value=Too large.", true, true),
            new RejectedCommand(
                    header("addq flags=0 exptime=0 key=k", 9), "addq status=3 value=Too large.", false, true),
            new RejectedCommand(header("append key=k", 1), "append status=3 value=Too large.", false, true),
            new RejectedCommand(header("0x55", 0), "0x55 status=129 value=Unknown command", false, true),
            new RejectedCommand(header("0x55 key=k", 1), "0x55 status=129 value=Unknown command", false, false));

    /** Returns the start of a request whose body ends with a value that is sent separately. */
    private String header(String line, int lengthBefore) {
        return wire.encode(line + " bodylen=" + (lengthBefore + LENGTH));
    }

    @Test
    void shouldReplyAfterTheValue() throws IOException {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().threads(1).start()) {
            exchange(memcached.address(), false);
        }
    }

    @Test
    void shouldReplyAtTheSameMomentAsARealMemcached() throws IOException {
        try (RealMemcached memcached = RealMemcached.start("-t", "1")) {
            exchange(memcached.address(), true);
        }
    }

    private void exchange(InetSocketAddress address, boolean isOlder) throws IOException {
        for (RejectedCommand rejected : TEXT) {
            if (rejected.isSkippedByOlder() || !isOlder) {
                String rest = VALUE.substring(LENGTH / 2) + "\r\nverbosity 0\r\n";
                String reply = exchange(
                        address,
                        rejected,
                        rejected.header() + "\r\n",
                        rest,
                        rejected.reply().length() + 4);
                assertThat(reply).as(rejected.header()).isEqualTo(rejected.reply() + "OK\r\n");
            }
        }
        for (RejectedCommand rejected : binary) {
            if (rejected.isSkippedByOlder() || !isOlder) {
                String rest = VALUE.substring(LENGTH / 2) + wire.encode("noop opaque=9");
                int textLength = rejected.reply().length() - rejected.reply().indexOf("value=") - "value=".length();
                String reply =
                        exchange(address, rejected, rejected.header(), rest, textLength + 2 * BinaryWire.HEADER_LENGTH);
                assertThat(wire.decode(reply)).isEqualTo(rejected.reply() + "\r\nnoop opaque=9\r\n");
            }
        }
    }

    /** Sends half of the value, expects no reply, sends the rest, and returns the reply. */
    private static String exchange(
            InetSocketAddress address, RejectedCommand rejected, String header, String rest, int replyLength)
            throws IOException {
        try (SocketClient client = SocketClient.connectWithSmallBuffer(address);
                SocketClient other = SocketClient.connect(address)) {
            other.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
            client.send(header + VALUE.substring(0, LENGTH / 2));
            // served by the same thread, but not always in the order of arrival
            for (int i = 0; i < EXCHANGES; i++) {
                other.send("verbosity 0\r\n").expect("OK\r\n");
            }
            eventually(
                    "the old item has been removed, or not, depending on the command",
                    () -> isStored(other) != rejected.removesItem());
            assertThat(client.input().available()).as(rejected.header()).isZero();
            client.send(rest);
            return new String(client.read(replyLength), StandardCharsets.ISO_8859_1);
        }
    }

    private static boolean isStored(SocketClient client) {
        try {
            client.send("touch k 0\r\n");
            boolean isTouched = client.read(1)[0] == 'T'; // TOUCHED or NOT_FOUND
            client.read(isTouched ? "OUCHED\r\n".length() : "OT_FOUND\r\n".length());
            return isTouched;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The reply to a line that is rejected before its end follows the end. */
    @Test
    void shouldReplyToABadLongLineAfterItsEnd() throws IOException {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().threads(1).start();
                SocketClient client = SocketClient.connectWithSmallBuffer(memcached.address());
                SocketClient other = SocketClient.connect(memcached.address())) {
            for (String start : List.of("get " + "k".repeat(251), " get k", "gat x k")) {
                client.send(start + " key".repeat(LENGTH / 4));
                other.send("verbosity 0\r\n").expect("OK\r\n");
                assertThat(client.input().available()).as(start).isZero();
                client.send("\r\n").expect(errorFor(start));
            }
        }
    }

    private static String errorFor(String start) {
        return switch (start.charAt(1)) {
            case 'g' -> "ERROR\r\n";
            case 'a' -> "CLIENT_ERROR invalid exptime argument\r\n";
            default -> BAD_LINE;
        };
    }
}
