package io.github.embeddedmemcached;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.Verdict;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Amazon ElastiCache's auto discovery: each node of a cluster tells which nodes there are, also those that are down, so that a
 * client needs to know only one. One object for all the nodes.
 *
 * <pre>
 * config get cluster              CONFIG cluster 0 &lt;length&gt;
 * get AmazonElastiCache:cluster   VALUE AmazonElastiCache:cluster 0 &lt;length&gt;   (before memcached 1.4.14)
 *
 * and then both                   &lt;version&gt;\n&lt;host&gt;|&lt;ip&gt;|&lt;port&gt; &lt;host&gt;|&lt;ip&gt;|&lt;port&gt;\n\r\nEND\r\n
 * </pre>
 *
 * Over the binary protocol the former is an opcode of Amazon's own, and the answer is that of a get.
 */
final class AutoDiscovery implements Interceptor {
    private static final String COMMAND = "config get cluster";
    private static final String BINARY_COMMAND = "0x60";
    private static final String OLDER_COMMAND = "get AmazonElastiCache:cluster";

    private static final byte CODE = 0x60;
    private static final byte OLDER_CODE = 0x00;
    private static final byte RESPONSE_MAGIC = (byte) 0x81;
    private static final int HEADER_LENGTH = 24;
    private static final int EXTRAS_LENGTH = 4; // the flags, which are 0

    private record Configuration(int version, String text) {}

    private volatile Configuration configuration = new Configuration(0, "0\n\n");

    /** Tells other nodes from now on; the version goes up by one. */
    synchronized void publish(List<InetSocketAddress> nodes) {
        int version = configuration.version + 1;
        String list = nodes.stream()
                .map(node -> node.getHostString() + "|" + node.getAddress().getHostAddress() + "|" + node.getPort())
                .collect(Collectors.joining(" "));
        configuration = new Configuration(version, version + "\n" + list + "\n");
    }

    /** From 1 on, once something was published. */
    int version() {
        return configuration.version;
    }

    @Override
    public Verdict onCommand(Command command) {
        boolean isBinary = command.protocol() == Command.Protocol.BINARY;
        if (command.line().equals(OLDER_COMMAND)) {
            return isBinary ? binaryAnswer(OLDER_CODE, command) : answer("VALUE AmazonElastiCache:cluster");
        }
        if (command.line().equals(isBinary ? BINARY_COMMAND : COMMAND)) {
            return isBinary ? binaryAnswer(CODE, command) : answer("CONFIG cluster");
        }
        return Verdict.PROCEED;
    }

    private Verdict answer(String beginning) {
        String text = configuration.text;
        return answer((beginning + " 0 " + text.length() + "\r\n" + text + "\r\nEND\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    private Verdict binaryAnswer(byte code, Command command) {
        byte[] text = configuration.text.getBytes(StandardCharsets.US_ASCII);
        return answer(ByteBuffer.allocate(HEADER_LENGTH + EXTRAS_LENGTH + text.length)
                .put(0, RESPONSE_MAGIC)
                .put(1, code)
                .put(4, (byte) EXTRAS_LENGTH)
                .putInt(8, EXTRAS_LENGTH + text.length)
                .putInt(12, Integer.parseUnsignedInt(Objects.requireNonNull(command.opaque())))
                .put(HEADER_LENGTH + EXTRAS_LENGTH, text)
                .array());
    }

    private static Verdict answer(byte[] bytes) {
        return new Verdict(false, new Verdict.Answer.Raw(bytes), null);
    }
}
