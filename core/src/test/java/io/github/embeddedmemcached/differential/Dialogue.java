package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.differential.Exchange.NumberKind;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A conversation with another server. */
final class Dialogue {
    /** After about so many requests their answers are awaited. */
    private static final int PIPELINE_LENGTH = 12;

    private static final Set<String> FETCHING = Set.of("get", "gets", "gat", "gats");

    private final RemoteServer server;
    private final UnaryOperator<Exchange> translation;
    private final Random random;
    private final CasUniques casUniques = new CasUniques();
    private final StringBuilder requests = new StringBuilder();
    private ExpectedAnswers expected = new ExpectedAnswers();
    private boolean isOver; // what follows can't be compared
    private Wire wire = Wire.TEXT;
    private @Nullable Exchange last; // that was said, or is to be
    private boolean isSilent; // nothing tells that the last request was executed

    Dialogue(RemoteServer server, UnaryOperator<Exchange> translation, Random random) {
        this.server = server;
        this.translation = translation;
        this.random = random;
    }

    /** Says everything but what closes the connection. */
    String play(List<Exchange> exchanges) throws IOException {
        String difference = "";
        for (Exchange exchange : exchanges) {
            boolean alone = needsSilence(exchange);
            if (alone || random.nextInt(PIPELINE_LENGTH) == 0) {
                difference = say();
            }
            if (!difference.isEmpty() || exchange.closes()) {
                return difference;
            }
            if (exchange == OlderMemcached.INCOMPARABLE) {
                difference = say();
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
            isSilent = exchange.answer().isEmpty();
            last = exchange;
            if (Comparison.isLong(exchange) || exchange.number() == NumberKind.LARGE) {
                difference = say();
            }
            if (isOver) {
                return "";
            }
        }
        return difference.isEmpty() ? say() : difference;
    }

    private String say() throws IOException {
        if (isSilent) {
            requests.append(wire.sentinel);
            expected.add(translation.apply(new Exchange(wire, wire.sentinel, wire.sentinelAnswer)));
            isSilent = false;
        }
        String all = requests.toString();
        ExpectedAnswers answers = expected;
        requests.setLength(0);
        expected = new ExpectedAnswers();
        if (all.isEmpty()) {
            return "";
        }
        boolean isLong = wire == Wire.TEXT && all.indexOf('\n') > Comparison.CUT_LINE_LENGTH_MAX;
        server.send(isLong ? List.of(all) : Comparison.cut(all, random), answers.length());
        String received = receive(answers);
        String difference = answers.difference(received, casUniques);
        if (!difference.isEmpty() && last != null && OlderMemcached.isMinusBehind(last, received)) {
            server.drop();
            isOver = true;
            return "";
        }
        return difference;
    }

    /**
     * Says what isn't complete, or what makes the server close the connection. The real one tells that a value is too large when it
     * has all of it, ours before, and so the answer to what isn't complete may be missing.
     */
    String end(Exchange last, boolean isIncomplete) throws IOException {
        expected.add(last);
        ExpectedAnswers answers = expected;
        server.send(List.of(casUniques.translated(last)), answers.length());
        String received = server.receiveUntilClosed(isIncomplete);
        String difference = received.isEmpty() && isIncomplete ? "" : answers.difference(received, casUniques);
        return difference.isEmpty() ? "" : difference + " to " + Texts.shown(last.request());
    }

    boolean isOver() {
        return isOver;
    }

    /** Packets are counted in bytes, and lines, whose CAS uniques may be longer or shorter, by their ends. */
    private String receive(ExpectedAnswers answers) throws IOException {
        return wire == Wire.BINARY ? server.receive(0, answers.length()) : server.receive(answers.lineEnds(), 0);
    }

    /**
     * Tells whether everything before must have been answered: because a CAS unique must be known; because the real one pads a number
     * only while no answer refers to the item; because it forgets the answers that it has not sent when a fetch fails, or
     * when it closes the connection.
     */
    private static boolean needsSilence(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            return CasUniques.isNamedIn(exchange)
                    || exchange.closes()
                    || (exchange.isWholePacket()
                            && LocalServer.DELTA_OPCODES.contains(new Packet(exchange.request()).opcode()));
        }
        String command = CommandLineWords.of(exchange).command();
        return CasUniques.isNamedIn(exchange)
                || command.equals("incr")
                || command.equals("decr")
                || command.equals("ma")
                || (FETCHING.contains(command) && exchange.answer().contains("ERROR"))
                || Comparison.isLong(exchange);
    }
}
