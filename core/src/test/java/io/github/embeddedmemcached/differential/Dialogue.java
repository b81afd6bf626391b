package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.differential.Exchange.NumberKind;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Sends the requests of a conversation to another server, and compares the replies with those of this server. */
final class Dialogue {
    /** The average number of requests that are sent before their replies are received. */
    private static final int PIPELINE_LENGTH = 12;

    private static final Set<String> RETRIEVAL = Set.of("get", "gets", "gat", "gats");

    private final RemoteServer server;
    private final UnaryOperator<Exchange> translation;
    private final Random random;
    private final CasUniques casUniques = new CasUniques();
    private final StringBuilder requests = new StringBuilder();
    private ExpectedReplies expected = new ExpectedReplies();
    private boolean isOver; // the rest cannot be compared
    private Wire wire = Wire.TEXT;
    private @Nullable Exchange last; // the last one that has been added to the requests
    private boolean needsSentinel; // the last request has no reply that shows that it has been executed

    Dialogue(RemoteServer server, UnaryOperator<Exchange> translation, Random random) {
        this.server = server;
        this.translation = translation;
        this.random = random;
    }

    /** Sends all requests except one that closes the connection. */
    String play(List<Exchange> exchanges) throws IOException {
        String difference = "";
        for (Exchange exchange : exchanges) {
            if (needsEarlierReplies(exchange) || random.nextInt(PIPELINE_LENGTH) == 0) {
                difference = sendRequests();
            }
            if (!difference.isEmpty() || exchange.closes()) {
                return difference;
            }
            if (exchange == OlderMemcached.INCOMPARABLE) {
                difference = sendRequests();
                server.drop();
                isOver = true;
                return difference;
            }
            if (exchange.request().isEmpty()) {
                continue;
            }
            wire = exchange.wire();
            requests.append(casUniques.translated(exchange));
            expected.add(exchange);
            needsSentinel = exchange.reply().isEmpty();
            last = exchange;
            if (Comparison.isLong(exchange) || exchange.number() == NumberKind.LARGE) {
                difference = sendRequests();
            }
            if (isOver) {
                return "";
            }
        }
        return difference.isEmpty() ? sendRequests() : difference;
    }

    private String sendRequests() throws IOException {
        if (needsSentinel) {
            requests.append(wire.sentinel);
            expected.add(translation.apply(new Exchange(wire, wire.sentinel, wire.sentinelReply)));
            needsSentinel = false;
        }
        String all = requests.toString();
        ExpectedReplies replies = expected;
        requests.setLength(0);
        expected = new ExpectedReplies();
        if (all.isEmpty()) {
            return "";
        }
        boolean isLong = wire == Wire.TEXT && all.indexOf('\n') > Comparison.DIVIDED_LINE_LENGTH_MAX;
        server.send(isLong ? List.of(all) : Comparison.divide(all, random), replies.length());
        String received = receive(replies);
        String difference = replies.difference(received, casUniques);
        if (!difference.isEmpty() && last != null && OlderMemcached.isNonNumericByMinus(last, received)) {
            server.drop();
            isOver = true;
            return "";
        }
        return difference;
    }

    /**
     * Sends an incomplete request, or one that closes the connection. The reply to an incomplete request may be missing, because a real
     * memcached sends the error for a too large value at another moment.
     */
    String end(Exchange last, boolean isIncomplete) throws IOException {
        expected.add(last);
        ExpectedReplies replies = expected;
        server.send(List.of(casUniques.translated(last)), replies.length());
        String received = server.receiveUntilClosed(isIncomplete);
        String difference = received.isEmpty() && isIncomplete ? "" : replies.difference(received, casUniques);
        return difference.isEmpty() ? "" : difference + " to " + Texts.escape(last.request());
    }

    boolean isOver() {
        return isOver;
    }

    /** Receives the number of bytes of the packets, or the number of lines, whose lengths depend on the CAS uniques. */
    private String receive(ExpectedReplies replies) throws IOException {
        return wire == Wire.BINARY ? server.receive(0, replies.length()) : server.receive(replies.lineEnds(), 0);
    }

    /**
     * Returns whether the replies to all earlier requests must have been received: because the request contains a CAS unique; because a real
     * memcached pads a number only while no reply refers to the item; or because a real memcached discards unsent replies when a retrieval
     * command fails or the connection is closed.
     */
    private static boolean needsEarlierReplies(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            return CasUniques.occursIn(exchange)
                    || exchange.closes()
                    || (exchange.isCompletePacket()
                            && LocalServer.ARITHMETIC_OPCODES.contains(new Packet(exchange.request()).opcode()));
        }
        String command = CommandLineWords.of(exchange).command();
        return CasUniques.occursIn(exchange)
                || command.equals("incr")
                || command.equals("decr")
                || command.equals("ma")
                || (RETRIEVAL.contains(command) && exchange.reply().contains("ERROR"))
                || Comparison.isLong(exchange);
    }
}
