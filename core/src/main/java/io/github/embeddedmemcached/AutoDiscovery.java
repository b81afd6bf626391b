package io.github.embeddedmemcached;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.protocol.Command;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Amazon ElastiCache's auto discovery: each node of a cluster returns the list of all nodes, including stopped ones, so a client
 * needs the address of only one. The nodes of a cluster share one object. Thread-safe.
 *
 * <pre>
 * config get cluster              CONFIG cluster 0 &lt;length&gt;
 * get AmazonElastiCache:cluster   VALUE AmazonElastiCache:cluster 0 &lt;length&gt;   (before memcached 1.4.14)
 *
 * followed in both cases by        &lt;version&gt;\n&lt;host&gt;|&lt;ip&gt;|&lt;port&gt; &lt;host&gt;|&lt;ip&gt;|&lt;port&gt;\n\r\nEND\r\n
 * </pre>
 *
 * Over the binary protocol {@code config get cluster} is an opcode that Amazon added, and its reply is that of a get.
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

    /** Replaces the list of nodes and increments the version. */
    synchronized void publish(List<InetSocketAddress> nodes) {
        int version = configuration.version + 1;
        String list = nodes.stream()
                .map(node -> node.getHostString() + "|" + node.getAddress().getHostAddress() + "|" + node.getPort())
                .collect(Collectors.joining(" "));
        configuration = new Configuration(version, version + "\n" + list + "\n");
    }

    /** Returns the version: 0 before the first list is published, then 1 and up. */
    int version() {
        return configuration.version;
    }

    @Override
    public InterceptResult onCommand(Command command) {
        boolean isBinary = command.protocol() == Command.Protocol.BINARY;
        if (command.line().equals(OLDER_COMMAND)) {
            return isBinary ? binaryReply(OLDER_CODE, command) : textReply("VALUE AmazonElastiCache:cluster");
        }
        if (command.line().equals(isBinary ? BINARY_COMMAND : COMMAND)) {
            return isBinary ? binaryReply(CODE, command) : textReply("CONFIG cluster");
        }
        return InterceptResult.PROCEED;
    }

    private InterceptResult textReply(String firstWords) {
        String text = configuration.text;
        return reply((firstWords + " 0 " + text.length() + "\r\n" + text + "\r\nEND\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    }

    private InterceptResult binaryReply(byte code, Command command) {
        byte[] text = configuration.text.getBytes(StandardCharsets.US_ASCII);
        return reply(ByteBuffer.allocate(HEADER_LENGTH + EXTRAS_LENGTH + text.length)
                .put(0, RESPONSE_MAGIC)
                .put(1, code)
                .put(4, (byte) EXTRAS_LENGTH)
                .putInt(8, EXTRAS_LENGTH + text.length)
                .putInt(12, Integer.parseUnsignedInt(Objects.requireNonNull(command.opaque())))
                .put(HEADER_LENGTH + EXTRAS_LENGTH, text)
                .array());
    }

    private static InterceptResult reply(byte[] bytes) {
        return new InterceptResult(false, new InterceptResult.Reply.Raw(bytes), null);
    }
}
