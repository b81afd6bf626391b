package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import java.nio.ByteBuffer;

/**
 * The text protocol's side of a session: cuts the input into command lines and values, whatever the pieces it arrives in, and
 * has them parsed and executed. {@link TextState} draws the way.
 */
final class TextCodec {
    /** A line without end that is longer isn't waited for; memcached's number. */
    static final int LINE_LENGTH_MAX = 2048;

    /** A value ends with CR and LF. */
    static final int VALUE_END_LENGTH = 2;

    /** A long line that begins with more spaces isn't forgiven; memcached's number. */
    private static final int LEADING_SPACES_MAX = 100;

    private final ServerState state;
    private final Window window = new Window();
    private final Request request = new Request();
    private final TextReplies replies;
    private final TextParser parser;
    private final MultiGet multiGet;
    private final LargeStore largeStore;
    private final TextCommands commands;

    private TextState at = TextState.READ_REQUEST;
    private int scanned; // READ_REQUEST: so many bytes of the window hold no line end
    private int awaited; // READ_REQUEST: the request is so many bytes long, value included; 0: not known yet
    private long toSwallow; // SWALLOW: so many bytes are left to skip

    TextCodec(ServerState state) {
        this.state = state;
        replies = new TextReplies(state.nextSessionNumber());
        parser = new TextParser(request);
        multiGet = new MultiGet(state.cache().raw(), replies);
        largeStore = new LargeStore(state.cache().raw());
        commands = new TextCommands(state, request, replies, multiGet, largeStore);
    }

    Progress process(ByteBuffer input, ReplyBuffer output) {
        window.open(input);
        replies.open(output, state.traceSink());
        try {
            return run(output);
        } finally {
            window.close(input);
            replies.close();
        }
    }

    private Progress run(ReplyBuffer output) {
        int budget = state.settings().requestsPerTurn();
        while (at != TextState.CLOSE) {
            if (window.remaining() == 0) {
                return Progress.NEEDS_INPUT;
            }
            if (output.isFull()) {
                return Progress.OUTPUT_FULL;
            }
            if (at == TextState.READ_REQUEST && budget-- == 0) {
                return Progress.TURN_OVER;
            }
            boolean moved = switch (at) {
                case READ_REQUEST -> readRequest();
                case MULTIGET -> answerKeys();
                case READ_VALUE -> readValue();
                case SWALLOW -> swallow();
                case SWALLOW_LINE -> swallowLine();
                case CLOSE -> true;
            };
            if (!moved) {
                return output.isFull() ? Progress.OUTPUT_FULL : Progress.NEEDS_INPUT;
            }
        }
        return Progress.CLOSE;
    }

    /** Executes one request; false: it isn't all there, and nothing was consumed. */
    private boolean readRequest() {
        if (window.remaining() < awaited) {
            return false;
        }
        int begin = window.position;
        int newline = ByteSearch.indexOfNewline(window.bytes, begin + scanned, window.limit);
        if (newline < 0) {
            scanned = window.remaining();
            return scanned > LINE_LENGTH_MAX && readLongLine();
        }
        parser.parse(window.bytes, begin, newline);
        int end = newline + 1;
        if (commands.awaitsValue()) {
            int valueEnd = end + request.valueLength + VALUE_END_LENGTH;
            if (valueEnd > window.limit && newline - begin > LINE_LENGTH_MAX) {
                at = TextState.CLOSE; // line and value together may never fit into the window
                return true;
            }
            if (valueEnd > window.limit) {
                scanned = newline - begin;
                awaited = valueEnd - begin;
                return false;
            }
            window.position = valueEnd;
        } else {
            window.position = end;
        }
        execute(begin, newline, end);
        return true;
    }

    private void execute(int begin, int newline, int end) {
        scanned = 0;
        awaited = 0;
        replies.traceCommand(window.bytes, begin, newline);
        toSwallow = request.dataLength;
        at = commands.execute(window.bytes, end);
        if (at == TextState.MULTIGET) {
            window.position = request.argumentsOffset;
            if (newline - begin > Cache.KEY_LENGTH_MAX) {
                multiGet.checkKeys(window.bytes, window.position, newline);
            }
        }
    }

    /** A line over the limit whose end isn't there: the keys of a get are answered as they come, nothing else is allowed. */
    private boolean readLongLine() {
        int begin = window.position;
        int word = TextParser.skipSpaces(window.bytes, begin, window.limit);
        int wordEnd = TextParser.endOfToken(window.bytes, word, window.limit);
        if (!Opcode.of(window.bytes, word, wordEnd).fetches() || word - begin > LEADING_SPACES_MAX) {
            at = TextState.CLOSE;
        } else if (word > begin) {
            replies.put(Reply.ERROR);
            at = TextState.SWALLOW_LINE;
            scanned = 0;
        } else {
            // as if the line ended here: this far, the parser reads nothing but the command's word
            parser.parse(window.bytes, begin, window.limit);
            execute(begin, window.limit, window.limit);
        }
        return true;
    }

    private boolean answerKeys() {
        return switch (multiGet.answerKeys(window)) {
            case DONE -> {
                at = TextState.READ_REQUEST;
                yield true;
            }
            case FAILED -> {
                at = TextState.SWALLOW_LINE;
                yield true;
            }
            case NEEDS_INPUT, OUTPUT_FULL -> false;
        };
    }

    private boolean readValue() {
        if (!largeStore.fill(window)) {
            return false;
        }
        at = commands.finishLargeStore();
        return true;
    }

    private boolean swallow() {
        int count = (int) Math.min(toSwallow, window.remaining());
        window.position += count;
        toSwallow -= count;
        if (toSwallow > 0) {
            return false;
        }
        at = TextState.READ_REQUEST;
        return true;
    }

    private boolean swallowLine() {
        int newline = ByteSearch.indexOfNewline(window.bytes, window.position, window.limit);
        if (newline < 0) {
            window.position = window.limit;
            return false;
        }
        window.position = newline + 1;
        at = TextState.READ_REQUEST;
        return true;
    }

    /** An unfinished line doesn't count: a client that sends half a line and falls silent is idle, as in memcached. */
    boolean isIdle() {
        return at == TextState.READ_REQUEST && awaited == 0;
    }

    void close() {
        at = TextState.CLOSE;
        largeStore.abandon();
    }
}
