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
 * and some cannot handle a reply before. The same conversations are held with a real memcached where one is installed.
 */
class RefusedValueTest {
    /** More than the sockets of both sides buffer. */
    private static final int LENGTH = 8_000_000;

    /** So many requests of another client that a request which arrived before them is read meanwhile. */
    private static final int EXCHANGES = 5;

    private static final String VALUE = "get k\r\n".repeat(LENGTH / 7 + 1).substring(0, LENGTH);
    private static final String TOO_LARGE = "SERVER_ERROR object too large for cache\r\n";
    private static final String BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

    private final BinaryWire wire = new BinaryWire();

    /** A header, the reply that follows the value, and whether an older memcached skips the value as well. */
    private record Refused(String header, String reply, boolean removesItem, boolean isOlder) {}

    private static final List<Refused> TEXT = List.of(
            new Refused("set k 0 0 " + LENGTH, TOO_LARGE, true, true),
            new Refused("add k 0 0 " + LENGTH, TOO_LARGE, false, true),
            new Refused("append k 0 0 " + LENGTH, TOO_LARGE, false, true),
            new Refused("cas k 0 0 " + LENGTH + " 1", TOO_LARGE, false, true),
            new Refused("set k 0 0 " + LENGTH + " noreply", "", true, true),
            new Refused("ms k " + LENGTH + " c k Oabc", TOO_LARGE, true, true),
            new Refused("ms k " + LENGTH + " ME q", TOO_LARGE, true, true),
            new Refused("ms k " + LENGTH + " MZ", "CLIENT_ERROR invalid mode for ms M token\r\n", false, true),
            new Refused("ms k " + LENGTH + " T1 T2", "CLIENT_ERROR duplicate flag\r\n", false, true),
            new Refused("ms k " + LENGTH + " b", "CLIENT_ERROR error decoding key\r\n", false, true),
            new Refused("ms " + "k".repeat(251) + " " + LENGTH, BAD_LINE, false, false),
            new Refused("ms k " + LENGTH + " F4294967296", BAD_LINE, false, false),
            new Refused("set " + "k".repeat(251) + " 0 0 " + LENGTH, BAD_LINE, false, false),
            new Refused("set k x 0 " + LENGTH, BAD_LINE, false, false),
            new Refused("cas k 0 0 " + LENGTH + " x", BAD_LINE, false, false));

    private final List<Refused> binary = List.of(
            new Refused(header("set flags=0 exptime=0 key=k", 9), "set status=3 value=Too large.", true, true),
            new Refused(header("addq flags=0 exptime=0 key=k", 9), "addq status=3 value=Too large.", false, true),
            new Refused(header("append key=k", 1), "append status=3 value=Too large.", false, true),
            new Refused(header("0x55", 0), "0x55 status=129 value=Unknown command", false, true),
            new Refused(header("0x55 key=k", 1), "0x55 status=129 value=Unknown command", false, false));

    /** A request whose body ends with a value that is not part of it. */
    private String header(String line, int lengthBefore) {
        return wire.encode(line + " bodylen=" + (lengthBefore + LENGTH));
    }

    @Test
    void shouldReplyAfterTheValue() throws IOException {
        try (EmbeddedMemcached memcached =
                EmbeddedMemcached.builder().threads(1).start()) {
            refuse(memcached.address(), false);
        }
    }

    @Test
    void shouldReplyWhenARealMemcachedDoes() throws IOException {
        try (RealMemcached memcached = RealMemcached.start("-t", "1")) {
            refuse(memcached.address(), true);
        }
    }

    private void refuse(InetSocketAddress address, boolean isOlder) throws IOException {
        for (Refused refused : TEXT) {
            if (refused.isOlder() || !isOlder) {
                String rest = VALUE.substring(LENGTH / 2) + "\r\nverbosity 0\r\n";
                String reply = refuse(
                        address,
                        refused,
                        refused.header() + "\r\n",
                        rest,
                        refused.reply().length() + 4);
                assertThat(reply).as(refused.header()).isEqualTo(refused.reply() + "OK\r\n");
            }
        }
        for (Refused refused : binary) {
            if (refused.isOlder() || !isOlder) {
                String rest = VALUE.substring(LENGTH / 2) + wire.encode("noop opaque=9");
                int textLength = refused.reply().length() - refused.reply().indexOf("value=") - "value=".length();
                String reply =
                        refuse(address, refused, refused.header(), rest, textLength + 2 * BinaryWire.HEADER_LENGTH);
                assertThat(wire.decode(reply)).isEqualTo(refused.reply() + "\r\nnoop opaque=9\r\n");
            }
        }
    }

    /** Sends half of the value, expects silence, sends the rest, and returns the reply. */
    private static String refuse(
            InetSocketAddress address, Refused refused, String header, String rest, int replyLength)
            throws IOException {
        try (SocketClient client = SocketClient.connectWithSmallBuffer(address);
                SocketClient other = SocketClient.connect(address)) {
            other.send("set k 0 0 1\r\nx\r\n").expect("STORED\r\n");
            client.send(header + VALUE.substring(0, LENGTH / 2));
            // served by the same thread, though not always in the order of arrival
            for (int i = 0; i < EXCHANGES; i++) {
                other.send("verbosity 0\r\n").expect("OK\r\n");
            }
            eventually("the item is there, or no longer", () -> isStored(other) != refused.removesItem());
            assertThat(client.input().available()).as(refused.header()).isZero();
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

    /** The reply to a line that is refused halfway follows its end. */
    @Test
    void shouldReplyToABadLongLineAfterItsEnd() throws IOException {
        try (EmbeddedMemcached memcached =
                        EmbeddedMemcached.builder().threads(1).start();
                SocketClient client = SocketClient.connectWithSmallBuffer(memcached.address());
                SocketClient other = SocketClient.connect(memcached.address())) {
            for (String begin : List.of("get " + "k".repeat(251), " get k", "gat x k")) {
                client.send(begin + " key".repeat(LENGTH / 4));
                other.send("verbosity 0\r\n").expect("OK\r\n");
                assertThat(client.input().available()).as(begin).isZero();
                client.send("\r\n").expect(errorFor(begin));
            }
        }
    }

    private static String errorFor(String begin) {
        return switch (begin.charAt(1)) {
            case 'g' -> "ERROR\r\n";
            case 'a' -> "CLIENT_ERROR invalid exptime argument\r\n";
            default -> BAD_LINE;
        };
    }
}
