package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.differential.Exchange.NumberKind;
import io.github.embeddedmemcached.internal.engine.Engines;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A session of this server with a cache of its own. Notes which request was answered what. */
final class LocalServer implements AutoCloseable {
    private static final long MEMORY_LIMIT_BYTES = 8 << 20;
    private static final Set<String> DELTAS = Set.of("incr", "decr", "ma");
    static final Set<Integer> DELTA_OPCODES = Set.of(0x05, 0x06, 0x15, 0x16);

    /** A longer key is none. */
    private static final int REQUEST_BEGIN_LENGTH = 400;

    private static final Pattern BLANK = Pattern.compile("\\s*");
    private static final Pattern LARGE = Pattern.compile("\\s*[+-]?0*[1-9]\\d{18}");

    /** So large that a command is there as a whole; there is one server at a time. */
    private static final ByteBuffer INPUT = ByteBuffer.allocate(2 * Comparison.ITEM_SIZE_MAX_BYTES);

    private final Wire wire;
    private final Cache cache;
    private final ClientSession session;
    private final ReplyBuffer output;
    private final ByteBuffer input;
    private final List<Exchange> exchanges = new ArrayList<>();
    private final StringBuilder request = new StringBuilder(); // consumed, but perhaps not as a whole
    private final StringBuilder answer = new StringBuilder(); // to that request
    private NumberKind number = NumberKind.ORDINARY; // of that request
    private boolean closed;

    LocalServer(Wire wire, InstantSource clock, int highWater, int requestsPerTurn) {
        this.wire = wire;
        cache = Cache.builder()
                .memoryLimitBytes(MEMORY_LIMIT_BYTES)
                .maxItemSizeBytes(Comparison.ITEM_SIZE_MAX_BYTES)
                .clock(clock)
                .build();
        ServerSettings settings = ServerSettings.defaults().with(ServerOption.REQUESTS_PER_TURN, requestsPerTurn);
        ServerContext context = new ServerContext(Engines.of(cache), settings, clock);
        session = new ClientSession(context);
        output = new ReplyBuffer(highWater);
        input = INPUT.clear().limit(0);
    }

    /** One that answers request by request. */
    static LocalServer stepByStep(Wire wire, InstantSource clock) {
        return new LocalServer(wire, clock, Integer.MAX_VALUE, 1);
    }

    /** Hands the session a piece of input. */
    void send(String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        int sent = 0;
        while (sent < all.length && !closed) {
            input.compact().flip();
            int shown = input.limit(); // what the session has seen
            int count = Math.min(all.length - sent, input.capacity() - shown);
            if (count == 0) {
                throw new AssertionError("the session takes no more");
            }
            System.arraycopy(all, sent, input.array(), shown, count);
            sent += count;
            run(shown, shown + count);
        }
    }

    private void run(int shown, int end) {
        int limit = shown;
        Progress progress;
        do {
            // in the middle of a request, not a byte more than it needs, or the next one would be answered with it
            limit = session.isIdle() ? end : Math.min(end, limit + 1);
            input.limit(limit);
            if (request.isEmpty()) {
                number = numberOfNext();
            }
            int before = input.position();
            progress = session.process(input, output);
            request.append(new String(input.array(), before, input.position() - before, StandardCharsets.ISO_8859_1));
            answer.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            closed = progress == Progress.CLOSE;
            if (closed || (session.isIdle() && !(progress == Progress.NEEDS_INPUT && input.hasRemaining()))) {
                endExchange();
            } else if (progress == Progress.OUTPUT_FULL) {
                limit = input.position(); // a fetch: what it didn't consume, it hasn't looked at
            }
        } while (!closed && (limit < end || progress != Progress.NEEDS_INPUT));
        input.limit(end);
    }

    private void endExchange() {
        if (closed || !request.isEmpty() || !answer.isEmpty()) {
            exchanges.add(new Exchange(wire, request.toString(), answer.toString(), closed, number));
        }
        request.setLength(0);
        answer.setLength(0);
    }

    /** What kind of value the next request, as far as it is there, adds to or takes from. */
    private NumberKind numberOfNext() {
        int length = Math.min(input.remaining(), REQUEST_BEGIN_LENGTH);
        String next = new String(input.array(), input.position(), length, StandardCharsets.ISO_8859_1);
        byte[] key = keyOfDelta(new Exchange(wire, next, ""));
        ItemView item = new ItemView();
        if (key.length == 0
                || key.length > Cache.KEY_LENGTH_MAX
                || !Engines.of(cache).peek(key, 0, key.length, item)) { // without a trace
            return NumberKind.ORDINARY;
        }
        byte[] bytes = new byte[item.valueLength()];
        item.copyValue(bytes, 0);
        String value = new String(bytes, StandardCharsets.ISO_8859_1);
        return BLANK.matcher(value).matches()
                ? NumberKind.BLANK
                : LARGE.matcher(value).lookingAt() ? NumberKind.LARGE : NumberKind.ORDINARY;
    }

    private static byte[] keyOfDelta(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            Packet packet = new Packet(exchange.request());
            boolean isDelta = packet.isComplete() && DELTA_OPCODES.contains(packet.opcode());
            return isDelta ? packet.key().getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
        }
        CommandLineWords words = CommandLineWords.of(exchange);
        if (!DELTAS.contains(words.command())) {
            return new byte[0];
        }
        boolean isBase64 =
                words.command().equals("ma") && words.all().stream().skip(2).anyMatch(flag -> flag.startsWith("b"));
        return isBase64 ? decoded(words.get(1)) : words.get(1).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What follows the padding isn't looked at. */
    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replaceFirst("(=+).*", "$1"));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /** What was asked and answered, as far as it is complete. */
    List<Exchange> exchanges() {
        return exchanges;
    }

    /** Everything that was answered. */
    String answers() {
        StringBuilder all = new StringBuilder();
        exchanges.forEach(exchange -> all.append(exchange.answer()));
        return all.append(answer).toString();
    }

    /**
     * What it was sent of a request that isn't complete, and what that was answered already; or, when it has closed the connection,
     * what it didn't look at.
     */
    Exchange rest() {
        String unread = new String(input.array(), input.position(), input.remaining(), StandardCharsets.ISO_8859_1);
        return new Exchange(wire, request + unread, answer.toString());
    }

    boolean isBetweenRequests() {
        return !closed && request.isEmpty() && !input.hasRemaining();
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        session.close();
        cache.close();
    }
}
