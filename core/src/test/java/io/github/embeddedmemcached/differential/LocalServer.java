package io.github.embeddedmemcached.differential;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.differential.Exchange.NumberKind;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** A session of this server with its own cache. Records the requests and their replies. */
final class LocalServer implements AutoCloseable {
    private static final long MEMORY_LIMIT_BYTES = 8 << 20;
    private static final Set<String> ARITHMETIC = Set.of("incr", "decr", "ma");
    static final Set<Integer> ARITHMETIC_OPCODES = Set.of(0x05, 0x06, 0x15, 0x16);

    /** The length of the start of a request that contains a valid key. */
    private static final int REQUEST_START_LENGTH = 400;

    private static final Pattern BLANK = Pattern.compile("\\s*");
    private static final Pattern LARGE = Pattern.compile("\\s*[+-]?0*[1-9]\\d{18}");

    /** Large enough for a complete command. Shared, because there is one server at a time. */
    private static final ByteBuffer INPUT = ByteBuffer.allocate(2 * Comparison.ITEM_SIZE_MAX_BYTES);

    private final Wire wire;
    private final Cache cache;
    private final ClientSession session;
    private final ReplyBuffer output;
    private final ByteBuffer input;
    private final List<Exchange> exchanges = new ArrayList<>();
    private final StringBuilder request = new StringBuilder(); // the consumed part of the current request
    private final StringBuilder reply = new StringBuilder(); // the reply to that request, as far as it is available
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

    /** Returns a server that executes one request in each turn. */
    static LocalServer stepByStep(Wire wire, InstantSource clock) {
        return new LocalServer(wire, clock, Integer.MAX_VALUE, 1);
    }

    /** Passes a piece of input to the session. */
    void send(String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        int sent = 0;
        while (sent < all.length && !closed) {
            input.compact().flip();
            int passed = input.limit(); // the end of the input that was passed to the session before
            int count = Math.min(all.length - sent, input.capacity() - passed);
            if (count == 0) {
                throw new AssertionError("the session does not consume its input");
            }
            System.arraycopy(all, sent, input.array(), passed, count);
            sent += count;
            run(passed, passed + count);
        }
    }

    private void run(int passed, int end) {
        int limit = passed;
        SessionProgress progress;
        do {
            // in the middle of a request, byte by byte, so that the output does not contain the reply to the next one
            limit = session.isIdle() ? end : Math.min(end, limit + 1);
            input.limit(limit);
            if (request.isEmpty()) {
                number = numberOfNext();
            }
            int before = input.position();
            progress = session.process(input, output);
            request.append(new String(input.array(), before, input.position() - before, StandardCharsets.ISO_8859_1));
            reply.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            closed = progress == SessionProgress.CLOSE;
            if (closed || (session.isIdle() && !(progress == SessionProgress.NEEDS_INPUT && input.hasRemaining()))) {
                endExchange();
            } else if (progress == SessionProgress.OUTPUT_FULL) {
                limit = input.position(); // a retrieval command, which has not examined the unconsumed input
            }
        } while (!closed && (limit < end || progress != SessionProgress.NEEDS_INPUT));
        input.limit(end);
    }

    private void endExchange() {
        if (closed || !request.isEmpty() || !reply.isEmpty()) {
            exchanges.add(new Exchange(wire, request.toString(), reply.toString(), closed, number));
        }
        request.setLength(0);
        reply.setLength(0);
    }

    /** Returns the kind of the value that the next request changes. The request may be incomplete. */
    private NumberKind numberOfNext() {
        int length = Math.min(input.remaining(), REQUEST_START_LENGTH);
        String next = new String(input.array(), input.position(), length, StandardCharsets.ISO_8859_1);
        byte[] key = keyOfArithmetic(new Exchange(wire, next, ""));
        ItemView item = new ItemView();
        if (key.length == 0
                || key.length > Cache.KEY_LENGTH_MAX
                || !Engines.of(cache).peek(key, 0, key.length, item)) { // without an effect on statistics
            return NumberKind.ORDINARY;
        }
        byte[] bytes = new byte[item.valueLength()];
        item.copyValue(bytes, 0);
        String value = new String(bytes, StandardCharsets.ISO_8859_1);
        return BLANK.matcher(value).matches()
                ? NumberKind.BLANK
                : LARGE.matcher(value).lookingAt() ? NumberKind.LARGE : NumberKind.ORDINARY;
    }

    private static byte[] keyOfArithmetic(Exchange exchange) {
        if (exchange.wire() == Wire.BINARY) {
            Packet packet = new Packet(exchange.request());
            boolean isArithmetic = packet.isComplete() && ARITHMETIC_OPCODES.contains(packet.opcode());
            return isArithmetic ? packet.key().getBytes(StandardCharsets.ISO_8859_1) : new byte[0];
        }
        CommandLineWords words = CommandLineWords.of(exchange);
        if (!ARITHMETIC.contains(words.command())) {
            return new byte[0];
        }
        boolean isBase64 =
                words.command().equals("ma") && words.all().stream().skip(2).anyMatch(flag -> flag.startsWith("b"));
        return isBase64 ? decoded(words.get(1)) : words.get(1).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Decodes a key, ignoring what follows the padding. */
    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64.replaceFirst("(=+).*", "$1"));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    /** Returns the complete requests and their replies. */
    List<Exchange> exchanges() {
        return exchanges;
    }

    /** Returns all replies. */
    String replies() {
        StringBuilder all = new StringBuilder();
        exchanges.forEach(exchange -> all.append(exchange.reply()));
        return all.append(reply).toString();
    }

    /**
     * Returns the received part of an incomplete request, with the available part of the reply. After the session has closed, returns the
     * unread input.
     */
    Exchange rest() {
        String unread = new String(input.array(), input.position(), input.remaining(), StandardCharsets.ISO_8859_1);
        return new Exchange(wire, request + unread, reply.toString());
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
