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
 * Sends the requests of a conversation to this server and to a real memcached, and compares the replies.
 *
 * <p>The real memcached receives the requests in random pieces, and several at once. Some requests are sent only after the replies to all
 * earlier ones, see {@link Dialogue}.
 */
final class Comparison implements AutoCloseable {
    /** The minimum of memcached, so that too large values are short. */
    static final int ITEM_SIZE_MAX_BYTES = 512 << 10;

    /** Replaces a CAS unique while no reply has contained one. No item has it. */
    private static final long NO_CAS_UNIQUE = 999_999_999_999L;

    /** The maximum number of requests that are appended to complete an incomplete one. */
    private static final int SENTINELS_MAX = 40;

    /** One of this number of conversations is also repeated with this server over a socket. */
    private static final int CONVERSATIONS_PER_SOCKET = 16;

    /** Longer lines are sent in one piece, because the length that memcached accepts depends on the pieces. */
    static final int DIVIDED_LINE_LENGTH_MAX = 2000;

    /** Longer lines are not compared, because they never arrive in one piece. */
    private static final int LINE_LENGTH_MAX = 12_000;

    /** A long incomplete line. It is sent together with its line end, because otherwise the result depends on the pieces. */
    private static final Pattern LONG_FETCH = Pattern.compile(" *g[ea]ts? [^\n]{1000,}");

    /** A small CAS unique that is not in the format of {@link CasUniques}. An item of this server may have it by chance. */
    private static final Pattern GUESSED_CAS = Pattern.compile(
            "cas( +[^ ]+){4} +0{0,10}[1-9]\\d{0,5}(?!\\d).*|m[gsda] .* C0{0,10}[1-9]\\d{0,5}(?!\\d).*", Pattern.DOTALL);

    /** The result of a comparison. The difference is empty if the replies are equal. */
    record Outcome(String difference, List<Exchange> exchanges, Exchange rest) {
        boolean isEqual() {
            return difference.isEmpty();
        }
    }

    /** The exchanges of this server. */
    private record LocalResult(List<Exchange> exchanges, Exchange rest, boolean closed) {
        String requests() {
            return exchanges.stream().map(Exchange::request).collect(Collectors.joining()) + rest.request();
        }

        String replies() {
            return exchanges.stream().map(Exchange::reply).collect(Collectors.joining()) + rest.reply();
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

    /** Sets whether the timeouts for missing replies are short. */
    void shortTimeouts(boolean on) throws IOException {
        for (Wire wire : Wire.values()) {
            Objects.requireNonNull(real.get(wire)).shortTimeout(on);
            Objects.requireNonNull(ours.get(wire)).shortTimeout(on);
        }
    }

    Outcome compare(Conversation conversation) throws IOException {
        InstantSource now = Clock.fixed(Clock.systemUTC().instant(), ZoneOffset.UTC);
        LocalResult local = runLocally(conversation, now);
        boolean closedByLongLine = local.closed() && isLong(local.rest());
        if (closedByLongLine || local.exchanges().stream().anyMatch(Comparison::isIncomparable)) {
            return new Outcome("", local.exchanges(), local.rest());
        }
        Random random = new Random(conversation.piecesSeed());
        String difference = runInPieces(local, now, random);
        if (difference.isEmpty()) {
            difference = withServerName(
                    "memcached",
                    play(
                            Objects.requireNonNull(real.get(conversation.wire())),
                            local,
                            OlderMemcached::translated,
                            random));
        }
        if (difference.isEmpty() && random.nextInt(CONVERSATIONS_PER_SOCKET) == 0) {
            difference = withServerName(
                    "EmbeddedMemcached",
                    play(
                            Objects.requireNonNull(ours.get(conversation.wire())),
                            local,
                            UnaryOperator.identity(),
                            random));
        }
        return new Outcome(difference, local.exchanges(), local.rest());
    }

    /** Returns whether the line is too long, the reply contains process statistics, or a CAS unique occurs by chance or as another argument. */
    private static boolean isIncomparable(Exchange exchange) {
        return exchange.wholeLine().length() > LINE_LENGTH_MAX
                || exchange.reply().contains("rusage_user")
                || CasUniques.isMisplacedIn(exchange)
                || GUESSED_CAS.matcher(exchange.wholeLine()).matches();
    }

    private static String withServerName(String server, String difference) {
        return difference.isEmpty() ? "" : server + ": " + difference;
    }

    /** Sends the commands to a session of this server one after the other, and completes the last request. */
    private static LocalResult runLocally(Conversation conversation, InstantSource clock) {
        try (LocalServer server = LocalServer.stepByStep(conversation.wire(), clock)) {
            server.send(conversation.wire().opening);
            StringBuilder unread = new StringBuilder();
            CasPlaceholders placeholders = new CasPlaceholders(server, conversation.wire());
            String incomplete = "";
            for (String command : conversation.commands()) {
                String whole = incomplete + command;
                incomplete = "";
                if (server.isClosed()) {
                    unread.append(placeholders.replaceIn(whole));
                } else if (LONG_FETCH.matcher(whole).matches()) {
                    incomplete = whole;
                } else {
                    server.send(placeholders.replaceIn(whole));
                }
            }
            server.send(incomplete);
            for (int i = 0; i < SENTINELS_MAX && !server.isClosed() && (i == 0 || !isEnded(server)); i++) {
                server.send((i == 0 ? "" : conversation.wire().lineEnd) + conversation.wire().sentinel);
            }
            Exchange rest = server.rest();
            // an incomplete line that closed the connection must not be completed
            boolean hasUnread = server.isClosed() && rest.request().isEmpty() && conversation.wire() == Wire.TEXT;
            return new LocalResult(
                    List.copyOf(server.exchanges()),
                    hasUnread ? rest.withRequest(unread.toString()) : rest,
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

    /** Replaces the placeholders of a command by CAS uniques from earlier replies. */
    private static final class CasPlaceholders {
        private final LocalServer server;
        private final Wire wire;
        private int processedExchanges;
        private long first = NO_CAS_UNIQUE;
        private long last = NO_CAS_UNIQUE;

        CasPlaceholders(LocalServer server, Wire wire) {
            this.server = server;
            this.wire = wire;
        }

        String replaceIn(String command) {
            if (command.indexOf(Conversation.LAST_CAS) < 0 && command.indexOf(Conversation.FIRST_CAS) < 0) {
                return command;
            }
            for (; processedExchanges < server.exchanges().size(); processedExchanges++) {
                ExpectedReplies replies = new ExpectedReplies();
                replies.add(server.exchanges().get(processedExchanges));
                for (String casUnique : replies.casUniques()) {
                    last = Long.parseUnsignedLong(casUnique);
                    first = first == NO_CAS_UNIQUE ? last : first;
                }
            }
            boolean isArgument = server.isBetweenRequests();
            return command.replace(
                            String.valueOf(Conversation.LAST_CAS),
                            CasUniques.format(wire, isArgument ? last : NO_CAS_UNIQUE))
                    .replace(
                            String.valueOf(Conversation.FIRST_CAS),
                            CasUniques.format(wire, isArgument ? first : NO_CAS_UNIQUE));
        }
    }

    // ---- this server with other pieces

    /** Sends the requests to another session of this server in random pieces. The replies must not depend on them. */
    private static String runInPieces(LocalResult local, InstantSource clock, Random random) {
        int highWater = random.nextBoolean() ? ReplyBuffer.DEFAULT_HIGH_WATER : 1 + random.nextInt(100);
        try (LocalServer server = new LocalServer(local.rest().wire(), clock, highWater, 1 + random.nextInt(20))) {
            StringBuilder requests = new StringBuilder();
            for (Exchange exchange : local.exchanges()) {
                if (isLong(exchange)) {
                    sendDivided(server, requests, random);
                    server.send(exchange.request());
                } else {
                    requests.append(exchange.request());
                }
            }
            sendDivided(server, requests, random);
            server.send(local.rest().request());
            boolean same = server.replies().equals(local.replies()) && server.isClosed() == local.closed();
            return same
                    ? ""
                    : "in other pieces: received \"" + Texts.escape(server.replies()) + "\" instead of \""
                            + Texts.escape(local.replies()) + '"';
        }
    }

    private static void sendDivided(LocalServer server, StringBuilder requests, Random random) {
        divide(requests.toString(), random).forEach(server::send);
        requests.setLength(0);
    }

    static boolean isLong(Exchange exchange) {
        return exchange.closes() || exchange.wholeLine().length() > DIVIDED_LINE_LENGTH_MAX;
    }

    static List<String> divide(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int pieceLength = switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(20);
            case 1 -> 1 + random.nextInt(200);
            default -> Integer.MAX_VALUE - 1;
        };
        pieceLength = Math.max(pieceLength, text.length() / 100);
        int offset = 0;
        while (offset < text.length()) {
            int end = offset + Math.min(text.length() - offset, 1 + random.nextInt(pieceLength));
            pieces.add(text.substring(offset, end));
            offset = end;
        }
        return pieces;
    }

    // ---- the other server

    private static String play(
            RemoteServer server, LocalResult local, UnaryOperator<Exchange> translation, Random random)
            throws IOException {
        Dialogue dialogue = new Dialogue(server, translation, random);
        String difference =
                dialogue.play(local.exchanges().stream().map(translation).toList());
        if (dialogue.isOver()) {
            return difference;
        }
        if (difference.isEmpty() && !(local.closed() || local.rest().request().isEmpty())) {
            difference = dialogue.end(translation.apply(local.rest()), true);
        }
        if (difference.isEmpty() && local.closed()) {
            Exchange last =
                    translation.apply(local.exchanges().get(local.exchanges().size() - 1));
            if (last == OlderMemcached.INCOMPARABLE) {
                server.drop();
                return "";
            }
            // if the server closes the connection with unread input, replies that have not been received may be lost
            String all = last.request() + local.rest().request();
            boolean hasNoReply = last.reply().isEmpty();
            String request = last.wire() == Wire.BINARY ? Packet.completed(all) : hasNoReply ? all : last.request();
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
