package io.github.embeddedmemcached.internal.text;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.line.LineFormat;
import io.github.embeddedmemcached.internal.line.Opcode;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.line.TextState;
import io.github.embeddedmemcached.internal.meta.MetaRequest;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.CommandBuilder;
import io.github.embeddedmemcached.internal.session.CommandInterception;
import io.github.embeddedmemcached.internal.session.KeyPrefetcher;
import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.session.TraceLog;
import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The text protocol's side of a session: cuts the input into command lines and values, whatever the pieces it arrives in, and
 * has them parsed and executed. {@link TextState} draws the way.
 */
public final class TextCodec implements Codec {
    /** A long line that begins with more spaces isn't forgiven; memcached's number. */
    private static final int LEADING_SPACES_MAX = 100;

    private static final byte[] NO_BYTES = {};

    private final TraceLog trace;
    private final int requestsPerTurn;
    private final int inputLengthMax;
    private final CurrentSession session = new CurrentSession();
    private final InputWindow window = new InputWindow();
    private final Request request = new Request();
    private final MetaRequest meta = new MetaRequest();
    private final TextReplies replies;
    private final TextParser parser;
    private final KeyPrefetcher lookahead;
    private final MultiGet multiGet;
    private final LargeStore largeStore;
    private final SessionObserver observer;
    private final CommandInterception interception;
    private final TextCommandReader reader;
    private final AdminCommands admin;
    private final TextCommands commands;

    private TextState at = TextState.READ_REQUEST;
    private int scanned; // READ_REQUEST: so many bytes of the window hold no line end
    private int awaited; // READ_REQUEST: the request is so many bytes long, value included; 0: not known yet
    private long toSwallow; // SWALLOW: so many bytes are left to skip
    private @Nullable CommandBuilder held; // READ_VALUE, SWALLOW: shown when the value has been read or skipped
    private byte[] heldLine =
            NO_BYTES; // SWALLOW: the line of the held command, which is refused after it has been shown
    private boolean unsentBefore; // answers to earlier commands wait to be sent
    private boolean isBusy; // somebody called process, and it hasn't returned

    public TextCodec(ServerContext context) {
        trace = context.trace();
        requestsPerTurn = context.settings().get(ServerOption.REQUESTS_PER_TURN);
        inputLengthMax = context.inputLengthMax();
        observer = new SessionObserver(context, session);
        interception = new CommandInterception(context.interceptor(), context.time(), context.cache(), session);
        reader = new TextCommandReader(request, meta);
        replies = new TextReplies(session);
        parser = new TextParser(request, meta);
        lookahead = new KeyPrefetcher(context.cache());
        multiGet = new MultiGet(context.cache(), replies, observer, lookahead);
        largeStore = new LargeStore(context.cache(), LineFormat.VALUE_END_LENGTH);
        admin = new AdminCommands(context, replies, session);
        commands = new TextCommands(context, request, meta, replies, multiGet, largeStore, admin, observer);
    }

    int requestsPerTurn() {
        return requestsPerTurn;
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport host, boolean isAuthenticated) {
        if (sessionNumber != session.number()) {
            unsentBefore = true; // unless the output is empty
        }
        session.become(sessionNumber, host);
    }

    /** True: a {@link TextLogin} stands before it otherwise. */
    @Override
    public boolean isAuthenticated() {
        return true;
    }

    @Override
    public Progress process(ByteBuffer input, ReplyBuffer output) {
        window.open(input);
        lookahead.reset();
        replies.open(output, trace.sink());
        if (output.isEmpty()) {
            unsentBefore = false;
        }
        isBusy = true;
        try {
            return run(output);
        } finally {
            isBusy = false;
            window.close(input);
            replies.close();
        }
    }

    private Progress run(ReplyBuffer output) {
        if (interception.hasFault()) {
            return goOnAnswering(output);
        }
        int budget = requestsPerTurn;
        while (at != TextState.CLOSE) {
            if (at == TextState.ANSWERING || at == TextState.WATCHING) {
                Progress progress = at == TextState.ANSWERING ? answer(output) : watch(output);
                if (progress != null) {
                    return progress;
                }
            }
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
                case ANSWERING, WATCHING, CLOSE -> true;
            };
            if (!moved) {
                return output.isFull() ? Progress.OUTPUT_FULL : Progress.NEEDS_INPUT;
            }
        }
        return Progress.CLOSE;
    }

    /** Goes on with an answer that is given piece by piece; null: it is complete. */
    private @Nullable Progress answer(ReplyBuffer output) {
        if (!output.isFull() && admin.proceed()) {
            at = TextState.READ_REQUEST;
            return null;
        }
        return output.isFull() ? Progress.OUTPUT_FULL : Progress.TURN_OVER;
    }

    /** Continues a reply to which a fault applies, and does nothing else. */
    private Progress goOnAnswering(ReplyBuffer output) {
        if (at == TextState.SWALLOW_LINE) {
            return swallowLine() ? Progress.TURN_OVER : Progress.NEEDS_INPUT;
        }
        if (at == TextState.ANSWERING) {
            Progress progress = answer(output);
            return progress == null ? Progress.TURN_OVER : progress;
        }
        if (at == TextState.MULTIGET && !answerKeys()) {
            return output.isFull() ? Progress.OUTPUT_FULL : Progress.NEEDS_INPUT;
        }
        return Progress.TURN_OVER;
    }

    /** Passes on what happened, and lets go of what the client sends: it is only read to notice when he hangs up. */
    private Progress watch(ReplyBuffer output) {
        window.position = window.limit;
        admin.watch();
        return output.isFull() ? Progress.OUTPUT_FULL : Progress.NEEDS_INPUT;
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
            return scanned > LineFormat.LINE_LENGTH_MAX && readLongLine();
        }
        parser.parse(window.bytes, begin, newline);
        int end = newline + 1;
        if (commands.awaitsValue()) {
            int valueEnd = end + request.valueLength + LineFormat.VALUE_END_LENGTH;
            if (valueEnd > window.limit && newline - begin > LineFormat.LINE_LENGTH_MAX) {
                at = TextState.CLOSE; // line and value together may never fit into the window
                return showRefused(begin, newline);
            }
            if (valueEnd > window.limit) {
                scanned = newline - begin;
                awaited = valueEnd - begin;
                return false;
            }
            prefetch(valueEnd);
            window.position = valueEnd;
        } else {
            prefetch(end);
            window.position = end;
        }
        return begin(begin, newline, end);
    }

    /** If there is more behind the request. */
    private void prefetch(int end) {
        if (end < window.limit) {
            lookahead.prefetchFromCommand(window);
        }
    }

    /** Executes the parsed request, after having told who wants to know. False: it is done, and ends the turn. */
    private boolean begin(int begin, int newline, int end) {
        scanned = 0;
        awaited = 0;
        replies.traceCommand(window.bytes, begin, newline);
        int flags = observer.flags();
        if (flags != 0) {
            observer.command(window.bytes, begin, newline);
            if ((flags & ObserverFlags.INTERCEPTOR) != 0) {
                return showAndExecute(begin, newline, end);
            }
        }
        execute(begin, newline, end);
        return true;
    }

    private void execute(int begin, int newline, int end) {
        toSwallow = request.dataLength;
        request.isPipelined = unsentBefore;
        at = commands.execute(window.bytes, end);
        if (request.opcode == Opcode.DEBUGTIME) {
            lookahead.reset();
        }
        boolean sends = at == TextState.MULTIGET || at == TextState.ANSWERING || request.opcode == Opcode.MN;
        unsentBefore = !sends; // memcached sends those at once
        if (at == TextState.MULTIGET) {
            window.position = request.argumentsOffset;
            if (newline - begin > ItemSize.KEY_LENGTH_MAX) {
                multiGet.checkKeys(window.bytes, window.position, newline);
            }
        }
    }

    /** A line over the limit whose end isn't there: the keys of a get are answered as they come, nothing else is allowed. */
    private boolean readLongLine() {
        int begin = window.position;
        int word = LineFormat.skipSpaces(window.bytes, begin, window.limit);
        int wordEnd = LineFormat.endOfToken(window.bytes, word, window.limit);
        if (!Opcode.of(window.bytes, word, wordEnd).fetches() || word - begin > LEADING_SPACES_MAX) {
            at = TextState.CLOSE;
            return showRefused(begin, window.limit);
        }
        if (word > begin) {
            if (!isAnswered(begin, window.limit)) {
                request.refusal = Reply.ERROR;
            }
            at = TextState.SWALLOW_LINE;
            scanned = 0;
            return !interception.hasFault();
        }
        if (observer.isIntercepted() && window.remaining() < inputLengthMax) {
            return false; // all keys are to be shown at once
        }
        // as if the line ended here: this far, the parser reads nothing but the command's word
        parser.parse(window.bytes, begin, window.limit);
        return begin(begin, window.limit, window.limit);
    }

    // Where somebody intercepts. These return false where a fault ends the turn.

    private boolean showAndExecute(int begin, int newline, int end) {
        byte[] bytes = window.bytes;
        CommandBuilder draft = reader.read(bytes, begin, newline, window.limit);
        if (commands.reserve(bytes)) {
            unsentBefore = true;
            held = draft;
            at = TextState.READ_VALUE;
            return true;
        }
        if (commands.awaitsValue()) {
            reader.readValue(draft, bytes, end);
        } else if (request.dataLength > 0) {
            held = draft;
            heldLine = Arrays.copyOfRange(bytes, begin, end);
            toSwallow = request.dataLength;
            at = TextState.SWALLOW;
            return true;
        }
        if (!isAnswered(draft)) {
            execute(begin, newline, end);
            return !interception.hasFault() || endTurn();
        }
        unsentBefore = true;
        if (newline == window.limit) {
            at = TextState.SWALLOW_LINE;
        }
        return !interception.hasFault();
    }

    /** Gives as much of an answer to several keys, or in several pieces, as the output takes. */
    private boolean endTurn() {
        if (at == TextState.MULTIGET) {
            answerKeys();
        } else if (at == TextState.ANSWERING && admin.proceed()) {
            at = TextState.READ_REQUEST;
        }
        return false;
    }

    private boolean showAndFinish(CommandBuilder draft) {
        held = null;
        draft.value = largeStore.copyValue();
        draft.malformed = !largeStore.hasValidEnd();
        if (isAnswered(draft)) {
            largeStore.abandon();
            at = TextState.READ_REQUEST;
        } else {
            at = commands.finishLargeStore();
        }
        return !interception.hasFault();
    }

    /** Shows a command whose value has been skipped, and refuses it. */
    private boolean showAndRefuse(CommandBuilder draft) {
        held = null;
        if (!isAnswered(draft)) {
            parser.parse(heldLine, 0, heldLine.length - 1);
            commands.refuse(heldLine);
            commands.replyRefusal();
        }
        heldLine = NO_BYTES;
        unsentBefore = true;
        return !interception.hasFault();
    }

    /** Shows bytes[begin..end), after which the session is over. */
    private boolean showRefused(int begin, int end) {
        isAnswered(begin, end);
        return !interception.hasFault();
    }

    private boolean isAnswered(int begin, int end) {
        request.clear(); // whatever it is from, it isn't this
        return observer.isIntercepted() && isAnswered(TextCommandReader.ofMalformed(window.bytes, begin, end));
    }

    private boolean isAnswered(CommandBuilder draft) {
        InterceptResult.Answer answer = interception.intercept(draft, replies.output());
        if (answer != null) {
            replies.put(answer, request.noreply);
        }
        return answer != null;
    }

    private boolean answerKeys() {
        return switch (multiGet.answerKeys(window)) {
            case DONE -> {
                at = TextState.READ_REQUEST;
                yield true;
            }
            case FAILED -> {
                request.refusal = multiGet.error();
                at = TextState.SWALLOW_LINE;
                swallowLine();
                yield true;
            }
            case NEEDS_INPUT, OUTPUT_FULL -> false;
        };
    }

    private boolean readValue() {
        if (!largeStore.fill(window)) {
            return false;
        }
        if (held != null) {
            return showAndFinish(held);
        }
        at = commands.finishLargeStore();
        return true;
    }

    @Override
    public @Nullable ByteBuffer valueBuffer() {
        return at == TextState.READ_VALUE ? largeStore.valueBuffer() : null;
    }

    private boolean swallow() {
        toSwallow = window.skip(toSwallow);
        if (toSwallow > 0) {
            return false;
        }
        at = TextState.READ_REQUEST;
        if (held != null) {
            return showAndRefuse(held);
        }
        commands.replyRefusal();
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
        commands.replyRefusal();
        return true;
    }

    /** An unfinished line doesn't count: a client that sends half a line and falls silent is idle, as in memcached. */
    @Override
    public boolean isIdle() {
        return at == TextState.READ_REQUEST && awaited == 0;
    }

    @Override
    public boolean isReusable() {
        return isIdle() && scanned == 0;
    }

    @Override
    public CommandInterception interception() {
        return interception;
    }

    @Override
    public boolean isReplying() {
        boolean isRefusing = at == TextState.SWALLOW_LINE && request.refusal != null;
        return at == TextState.MULTIGET || at == TextState.ANSWERING || isRefusing;
    }

    @Override
    public String stateName() {
        return switch (at) {
            case READ_REQUEST -> isBusy ? "conn_parse_cmd" : awaited == 0 ? "conn_read" : "conn_nread";
            case READ_VALUE -> "conn_nread";
            case SWALLOW, SWALLOW_LINE -> "conn_swallow";
            case MULTIGET, ANSWERING -> "conn_mwrite";
            case WATCHING -> "conn_watch";
            case CLOSE -> "conn_closing";
        };
    }

    @Override
    public CloseReason closeReason() {
        return switch (request.opcode) {
            case QUIT -> CloseReason.NORMAL;
            case SHUTDOWN -> CloseReason.SHUTDOWN;
            default -> CloseReason.ERROR;
        };
    }

    @Override
    public void close() {
        at = TextState.CLOSE;
        admin.close();
        largeStore.abandon();
    }
}
