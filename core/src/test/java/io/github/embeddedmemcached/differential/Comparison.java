package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Holds a conversation with this server and with a real memcached, and compares what they answer.
 *
 * <p>The real one gets the requests in random pieces, as many at once as can be: before some it must be known that everything was
 * answered, see {@link Dialogue}.
 */
final class Comparison implements AutoCloseable {
    /** As small as memcached allows, so that values that are too large cost little. */
    static final int ITEM_SIZE_MAX_BYTES = 512 << 10;

    /** What a CAS unique stands for before any was shown: no item has it. */
    private static final long NO_CAS_UNIQUE = 999_999_999_999L;

    /** How often it is tried to end a conversation, so that nothing is left half said. */
    private static final int SENTINELS_MAX = 40;

    /** The conversation is also held over a socket once in so many times. */
    private static final int SOCKET_EVERY = 16;

    /** A line that is longer arrives in one piece: how much of it memcached bears depends on how it arrives. */
    static final int CUT_LINE_LENGTH_MAX = 2000;

    /** A line that is longer never arrives in one piece. */
    private static final int LINE_LENGTH_MAX = 12_000;

    /** It goes on with the next command: with its line end, how it arrives makes no difference. */
    private static final Pattern LONG_FETCH = Pattern.compile(" *g[ea]ts? [^\n]{1000,}");

    /** A small number, not as {@link CasUniques} writes it: an item of ours may have it. */
    private static final Pattern GUESSED_CAS = Pattern.compile(
            "cas( +[^ ]+){4} +0{0,10}[1-9]\\d{0,5}(?!\\d).*|m[gsda] .* C0{0,10}[1-9]\\d{0,5}(?!\\d).*", Pattern.DOTALL);

    /** What came of a comparison: empty if there is no difference. */
    record Outcome(String difference, List<Exchange> exchanges, Exchange rest) {
        boolean isEqual() {
            return difference.isEmpty();
        }
    }

    /** What this server answered. */
    private record Held(List<Exchange> exchanges, Exchange rest, boolean closed) {
        String requests() {
            return exchanges.stream().map(Exchange::request).collect(Collectors.joining()) + rest.request();
        }

        String answers() {
            return exchanges.stream().map(Exchange::answer).collect(Collectors.joining()) + rest.answer();
        }
    }

    private final EmbeddedMemcached embedded;
    private final Map<Wire, RemoteServer> real = new EnumMap<>(Wire.class);
    private final Map<Wire, RemoteServer> ours = new EnumMap<>(Wire.class);

    Comparison(RealMemcached memcached) {
        embedded = EmbeddedMemcached.builder()
                .maxItemSizeBytes(ITEM_SIZE_MAX_BYTES)
                .threads(1)
                .start();
        for (Wire wire : Wire.values()) {
            real.put(wire, new RemoteServer(InetAddress.getLoopbackAddress(), memcached.port()));
            ours.put(wire, new RemoteServer(embedded.address().getAddress(), embedded.port()));
        }
    }

    /** Sets whether an answer that doesn't come is soon given up. */
    void impatient(boolean on) throws IOException {
        for (Wire wire : Wire.values()) {
            Objects.requireNonNull(real.get(wire)).patience(on);
            Objects.requireNonNull(ours.get(wire)).patience(on);
        }
    }

    Outcome compare(Conversation conversation) throws IOException {
        InstantSource now = Clock.fixed(Clock.systemUTC().instant(), ZoneOffset.UTC);
        Held held = hold(conversation, now);
        boolean closedByLongLine = held.closed() && isLong(held.rest());
        if (closedByLongLine || held.exchanges().stream().anyMatch(Comparison::isIncomparable)) {
            return new Outcome("", held.exchanges(), held.rest());
        }
        Random random = new Random(conversation.cuts());
        String difference = inPieces(held, now, random);
        if (difference.isEmpty()) {
            difference = named(
                    "memcached",
                    play(
                            Objects.requireNonNull(real.get(conversation.wire())),
                            held,
                            OlderMemcached::translated,
                            random));
        }
        if (difference.isEmpty() && random.nextInt(SOCKET_EVERY) == 0) {
            difference = named(
                    "EmbeddedMemcached",
                    play(
                            Objects.requireNonNull(ours.get(conversation.wire())),
                            held,
                            UnaryOperator.identity(),
                            random));
        }
        return new Outcome(difference, held.exchanges(), held.rest());
    }

    /** A line that never arrives in one piece; statistics, which are a server's own; a CAS unique that was guessed, by chance, or is a key. */
    private static boolean isIncomparable(Exchange exchange) {
        return exchange.wholeLine().length() > LINE_LENGTH_MAX
                || exchange.answer().contains("rusage_user")
                || CasUniques.isMisplacedIn(exchange)
                || GUESSED_CAS.matcher(exchange.wholeLine()).matches();
    }

    private static String named(String who, String difference) {
        return difference.isEmpty() ? "" : who + ": " + difference;
    }

    /** Says it to a session of ours, one command after the other, to the end of the last. */
    private static Held hold(Conversation conversation, InstantSource clock) {
        try (LocalServer server = LocalServer.stepByStep(conversation.wire(), clock)) {
            server.send(conversation.wire().opening);
            StringBuilder unread = new StringBuilder();
            ShownCasUniques shown = new ShownCasUniques(server, conversation.wire());
            String begun = "";
            for (String command : conversation.commands()) {
                String whole = begun + command;
                begun = "";
                if (server.isClosed()) {
                    unread.append(shown.in(whole));
                } else if (LONG_FETCH.matcher(whole).matches()) {
                    begun = whole;
                } else {
                    server.send(shown.in(whole));
                }
            }
            server.send(begun);
            for (int i = 0; i < SENTINELS_MAX && !server.isClosed() && (i == 0 || !isEnded(server)); i++) {
                server.send((i == 0 ? "" : conversation.wire().lineEnd) + conversation.wire().sentinel);
            }
            Exchange rest = server.rest();
            // half a line that closed the connection is not to be completed
            boolean goesOn = server.isClosed() && rest.request().isEmpty() && conversation.wire() == Wire.TEXT;
            return new Held(
                    List.copyOf(server.exchanges()),
                    goesOn ? rest.withRequest(unread.toString()) : rest,
                    server.isClosed());
        }
    }

    private static boolean isEnded(LocalServer server) {
        List<Exchange> exchanges = server.exchanges();
        return server.isBetweenRequests()
                && exchanges
                        .get(exchanges.size() - 1)
                        .request()
                        .equals(exchanges.get(0).wire().sentinel);
    }

    /** The CAS uniques that a session has shown, put where a command names them. */
    private static final class ShownCasUniques {
        private final LocalServer server;
        private final Wire wire;
        private int seen; // exchanges looked at
        private long first = NO_CAS_UNIQUE;
        private long last = NO_CAS_UNIQUE;

        ShownCasUniques(LocalServer server, Wire wire) {
            this.server = server;
            this.wire = wire;
        }

        String in(String command) {
            if (command.indexOf(Conversation.LAST_CAS) < 0 && command.indexOf(Conversation.FIRST_CAS) < 0) {
                return command;
            }
            for (; seen < server.exchanges().size(); seen++) {
                ExpectedAnswers answers = new ExpectedAnswers();
                answers.add(server.exchanges().get(seen));
                for (String casUnique : answers.casUniques()) {
                    last = Long.parseUnsignedLong(casUnique);
                    first = first == NO_CAS_UNIQUE ? last : first;
                }
            }
            boolean isArgument = server.isBetweenRequests();
            return command.replace(
                            String.valueOf(Conversation.LAST_CAS),
                            CasUniques.written(wire, isArgument ? last : NO_CAS_UNIQUE))
                    .replace(
                            String.valueOf(Conversation.FIRST_CAS),
                            CasUniques.written(wire, isArgument ? first : NO_CAS_UNIQUE));
        }
    }

    // This server again.

    /** Says the same to another session of ours in random pieces; the answers must not depend on them. */
    private static String inPieces(Held held, InstantSource clock, Random random) {
        int highWater = random.nextBoolean() ? ReplyBuffer.DEFAULT_HIGH_WATER : 1 + random.nextInt(100);
        try (LocalServer server = new LocalServer(held.rest().wire(), clock, highWater, 1 + random.nextInt(20))) {
            StringBuilder together = new StringBuilder();
            for (Exchange exchange : held.exchanges()) {
                if (isLong(exchange)) {
                    sendCut(server, together, random);
                    server.send(exchange.request());
                } else {
                    together.append(exchange.request());
                }
            }
            sendCut(server, together, random);
            server.send(held.rest().request());
            boolean same = server.answers().equals(held.answers()) && server.isClosed() == held.closed();
            return same
                    ? ""
                    : "in other pieces: there came \"" + Texts.shown(server.answers()) + "\" instead of \""
                            + Texts.shown(held.answers()) + '"';
        }
    }

    private static void sendCut(LocalServer server, StringBuilder together, Random random) {
        cut(together.toString(), random).forEach(server::send);
        together.setLength(0);
    }

    static boolean isLong(Exchange exchange) {
        return exchange.closes() || exchange.wholeLine().length() > CUT_LINE_LENGTH_MAX;
    }

    static List<String> cut(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int pieceLength = switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(20);
            case 1 -> 1 + random.nextInt(200);
            default -> Integer.MAX_VALUE - 1;
        };
        pieceLength = Math.max(pieceLength, text.length() / 100);
        int at = 0;
        while (at < text.length()) {
            int end = at + Math.min(text.length() - at, 1 + random.nextInt(pieceLength));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    // The other server.

    private static String play(RemoteServer server, Held held, UnaryOperator<Exchange> translation, Random random)
            throws IOException {
        Dialogue dialogue = new Dialogue(server, translation, random);
        String difference =
                dialogue.play(held.exchanges().stream().map(translation).toList());
        if (dialogue.isOver()) {
            return difference;
        }
        if (difference.isEmpty() && !(held.closed() || held.rest().request().isEmpty())) {
            difference = dialogue.end(translation.apply(held.rest()), true);
        }
        if (difference.isEmpty() && held.closed()) {
            Exchange last =
                    translation.apply(held.exchanges().get(held.exchanges().size() - 1));
            if (last == OlderMemcached.INCOMPARABLE) {
                server.drop();
                return "";
            }
            // what it doesn't read before it closes the connection may cost us the answers that we have not read
            String all = last.request() + held.rest().request();
            boolean isSilent = last.answer().isEmpty();
            String request = last.wire() == Wire.BINARY ? Packet.completed(all) : isSilent ? all : last.request();
            difference = dialogue.end(last.withRequest(request), false);
        }
        if (!difference.isEmpty()) {
            server.drop();
        }
        return difference;
    }

    @Override
    public void close() throws IOException {
        for (Wire wire : Wire.values()) {
            Objects.requireNonNull(real.get(wire)).close();
            Objects.requireNonNull(ours.get(wire)).close();
        }
        embedded.close();
    }
}
