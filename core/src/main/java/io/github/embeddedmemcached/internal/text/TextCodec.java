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
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.session.TraceLog;
import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The codec of the text protocol: divides the input into command lines and values, however it is fragmented, and has them parsed and
 * executed. {@link TextState} shows the states and their transitions.
 */
public final class TextCodec implements Codec {
    /** The maximum number of spaces at the beginning of a line that is too long; more close the connection, as in memcached. */
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
    private final KeyPrefetcher prefetcher;
    private final MultiGet multiGet;
    private final LargeStore largeStore;
    private final SessionObserver observer;
    private final CommandInterception interception;
    private final TextCommandReader reader;
    private final AdminCommands admin;
    private final TextCommands commands;

    private TextState state = TextState.READ_REQUEST;
    private int scanned; // READ_REQUEST: the number of bytes in the window that contain no line end
    private int requestLength; // READ_REQUEST: the length of the request including its value; 0 if not known yet
    private long bytesToSkip; // SWALLOW: the rest of the value and its line end
    private @Nullable CommandBuilder pending; // READ_VALUE, SWALLOW: the command to intercept after its value
    private byte[] pendingLine = NO_BYTES; // SWALLOW: the line of the pending command
    private boolean hasUnsentReplies; // whether replies to earlier commands have not been sent
    private boolean isProcessing; // within a call of process()

    public TextCodec(ServerContext context) {
        trace = context.trace();
        requestsPerTurn = context.settings().get(ServerOption.REQUESTS_PER_TURN);
        inputLengthMax = context.inputLengthMax();
        observer = new SessionObserver(context, session);
        interception = new CommandInterception(context.interceptor(), context.time(), context.cache(), session);
        reader = new TextCommandReader(request, meta);
        replies = new TextReplies(session);
        parser = new TextParser(request, meta);
        prefetcher = new KeyPrefetcher(context.cache());
        multiGet = new MultiGet(context.cache(), replies, observer, prefetcher);
        largeStore = new LargeStore(context.cache(), LineFormat.VALUE_END_LENGTH);
        admin = new AdminCommands(context, replies, session);
        commands = new TextCommands(context, request, meta, replies, multiGet, largeStore, admin, observer);
    }

    int requestsPerTurn() {
        return requestsPerTurn;
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport transport, boolean isAuthenticated) {
        if (sessionNumber != session.number()) {
            hasUnsentReplies = true; // process() resets it if the output is empty
        }
        session.set(sessionNumber, transport);
    }

    /** Always true: an {@link AuthCodec} passes on only the input of authenticated clients. */
    @Override
    public boolean isAuthenticated() {
        return true;
    }

    @Override
    public SessionProgress process(ByteBuffer input, ReplyBuffer output) {
        window.open(input);
        prefetcher.reset();
        replies.open(output, trace.sink());
        if (output.isEmpty()) {
            hasUnsentReplies = false;
        }
        isProcessing = true;
        try {
            return run(output);
        } finally {
            isProcessing = false;
            prefetcher.keys().flushCounts();
            window.close(input);
            replies.close();
        }
    }

    private SessionProgress run(ReplyBuffer output) {
        if (interception.hasFault()) {
            return continueFaultyReply(output);
        }
        int budget = requestsPerTurn;
        while (state != TextState.CLOSE) {
            if (state == TextState.REPLYING || state == TextState.WATCHING) {
                SessionProgress progress = state == TextState.REPLYING ? continueReply(output) : watch(output);
                if (progress != null) {
                    return progress;
                }
            }
            if (window.remaining() == 0 && !hasCompleteValue()) {
                return SessionProgress.NEEDS_INPUT;
            }
            if (output.isFull()) {
                return SessionProgress.OUTPUT_FULL;
            }
            if (state == TextState.READ_REQUEST && budget-- == 0) {
                return SessionProgress.TURN_OVER;
            }
            if (!advance()) {
                return output.isFull() ? SessionProgress.OUTPUT_FULL : SessionProgress.NEEDS_INPUT;
            }
        }
        return SessionProgress.CLOSE;
    }

    /** Returns false if more input or a less full output is needed. */
    private boolean advance() {
        if (state == TextState.READ_REQUEST) {
            return readRequest();
        }
        if (state == TextState.MULTIGET) {
            return fetchKeys();
        }
        if (state == TextState.READ_VALUE) {
            return readValue();
        }
        return state == TextState.SWALLOW ? swallow() : state != TextState.SWALLOW_LINE || swallowLine();
    }

    /** Continues a streamed reply. Returns null if it is complete. */
    private @Nullable SessionProgress continueReply(ReplyBuffer output) {
        if (!output.isFull() && admin.proceed()) {
            state = TextState.READ_REQUEST;
            return null;
        }
        return output.isFull() ? SessionProgress.OUTPUT_FULL : SessionProgress.TURN_OVER;
    }

    /** Continues a reply to which a response fault applies. Executes nothing else. */
    private SessionProgress continueFaultyReply(ReplyBuffer output) {
        if (state == TextState.SWALLOW_LINE) {
            return swallowLine() ? SessionProgress.TURN_OVER : SessionProgress.NEEDS_INPUT;
        }
        if (state == TextState.REPLYING) {
            SessionProgress progress = continueReply(output);
            return progress == null ? SessionProgress.TURN_OVER : progress;
        }
        if (state == TextState.MULTIGET && !fetchKeys()) {
            return output.isFull() ? SessionProgress.OUTPUT_FULL : SessionProgress.NEEDS_INPUT;
        }
        return SessionProgress.TURN_OVER;
    }

    /** Writes the log lines of the watcher. Input is discarded; it is only read to detect that the client disconnects. */
    private SessionProgress watch(ReplyBuffer output) {
        window.position = window.limit;
        admin.watch();
        return output.isFull() ? SessionProgress.OUTPUT_FULL : SessionProgress.NEEDS_INPUT;
    }

    /** Executes one request. Returns false if it is incomplete, in which case nothing is consumed, or if a fault ends the turn. */
    private boolean readRequest() {
        if (window.remaining() < requestLength) {
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
        if (commands.needsValue()) {
            int valueEnd = end + request.valueLength + LineFormat.VALUE_END_LENGTH;
            if (valueEnd > window.limit && newline - begin > LineFormat.LINE_LENGTH_MAX) {
                state = TextState.CLOSE; // line and value together may exceed the maximum length of the window
                return interceptAndEnd(begin, newline);
            }
            if (valueEnd > window.limit) {
                scanned = newline - begin;
                requestLength = valueEnd - begin;
                return false;
            }
            prefetch(valueEnd);
            window.position = valueEnd;
        } else {
            prefetch(end);
            window.position = end;
        }
        return dispatch(begin, newline, end);
    }

    /** Prefetches the items of the following requests, if there are any. */
    private void prefetch(int end) {
        if (end < window.limit) {
            prefetcher.prefetchFromCommand(window);
        }
    }

    /** Reports the parsed request to the observers, and executes it. Returns false if a fault ends the turn. */
    private boolean dispatch(int begin, int newline, int end) {
        scanned = 0;
        requestLength = 0;
        replies.traceCommand(window.bytes, begin, newline);
        int flags = observer.flags();
        if (flags != 0) {
            prefetcher.keys().flushCounts(); // an interceptor may read the statistics
            observer.beforeCommand(window.bytes, begin, newline);
            if ((flags & ObserverFlags.INTERCEPTOR) != 0) {
                return interceptAndExecute(begin, newline, end);
            }
        }
        execute(begin, newline, end);
        return true;
    }

    private void execute(int begin, int newline, int end) {
        bytesToSkip = request.dataLength;
        request.isPipelined = hasUnsentReplies;
        if (!request.opcode.isRetrieval() && !request.opcode.isStorage()) {
            prefetcher.keys().flushCounts(); // the command may read the statistics
        }
        state = commands.execute(window.bytes, end);
        if (request.opcode == Opcode.DEBUGTIME) {
            prefetcher.reset();
        }
        // as in memcached, which sends the replies to these commands at once
        boolean isSentAtOnce =
                state == TextState.MULTIGET || state == TextState.REPLYING || request.opcode == Opcode.MN;
        hasUnsentReplies = !isSentAtOnce;
        if (state == TextState.MULTIGET) {
            window.position = request.argumentsOffset;
            if (newline - begin > ItemSize.CLIENT_KEY_LENGTH_MAX) {
                multiGet.checkKeys(window.bytes, window.position, newline);
            }
        }
    }

    /** Processes an incomplete line that is too long: executes a retrieval command in parts, and closes the connection otherwise. */
    private boolean readLongLine() {
        int begin = window.position;
        int word = LineFormat.skipSpaces(window.bytes, begin, window.limit);
        int wordEnd = LineFormat.endOfToken(window.bytes, word, window.limit);
        if (!Opcode.of(window.bytes, word, wordEnd).isRetrieval() || word - begin > LEADING_SPACES_MAX) {
            state = TextState.CLOSE;
            return interceptAndEnd(begin, window.limit);
        }
        if (word > begin) {
            if (!interceptMalformed(begin, window.limit)) {
                request.rejection = Reply.ERROR;
            }
            state = TextState.SWALLOW_LINE;
            scanned = 0;
            return !interception.hasFault();
        }
        if (observer.isIntercepted() && window.remaining() < inputLengthMax) {
            return false; // the interceptor receives all keys at once
        }
        // as if the line ended here: the parser only reads the name of a retrieval command
        parser.parse(window.bytes, begin, window.limit);
        return dispatch(begin, window.limit, window.limit);
    }

    // ---- used only while an interceptor is set; these methods return false if a fault ends the turn

    private boolean interceptAndExecute(int begin, int newline, int end) {
        byte[] bytes = window.bytes;
        prefetcher.keys().invalidateTime(); // the interceptor may move the clock
        CommandBuilder command = reader.read(bytes, begin, newline, window.limit);
        if (commands.reserve(bytes)) {
            hasUnsentReplies = true;
            pending = command;
            state = TextState.READ_VALUE;
            return true;
        }
        if (commands.needsValue()) {
            reader.readValue(command, bytes, end);
        } else if (request.dataLength > 0) {
            pending = command;
            pendingLine = Arrays.copyOfRange(bytes, begin, end);
            bytesToSkip = request.dataLength;
            state = TextState.SWALLOW;
            return true;
        }
        if (!intercept(command)) {
            execute(begin, newline, end);
            return !interception.hasFault() || endTurn();
        }
        hasUnsentReplies = true;
        if (newline == window.limit) {
            state = TextState.SWALLOW_LINE;
        }
        return !interception.hasFault();
    }

    /** Writes as much of a long reply as the output takes. */
    private boolean endTurn() {
        if (state == TextState.MULTIGET) {
            fetchKeys();
        } else if (state == TextState.REPLYING && admin.proceed()) {
            state = TextState.READ_REQUEST;
        }
        return false;
    }

    private boolean interceptAndFinish(CommandBuilder command) {
        command.value = largeStore.copyValue();
        pending = null; // not earlier: after an OutOfMemoryError, this step is repeated
        state = TextState.CLOSE; // unless this succeeds, as in readValue
        command.malformed = !largeStore.hasValidEnd();
        if (intercept(command)) {
            largeStore.abandon();
            state = TextState.READ_REQUEST;
        } else {
            state = commands.finishLargeStore();
        }
        return !interception.hasFault();
    }

    /** Passes a command whose value has been skipped to the interceptor, and rejects it. */
    private boolean interceptAndReject(CommandBuilder command) {
        pending = null;
        if (!intercept(command)) {
            parser.parse(pendingLine, 0, pendingLine.length - 1);
            commands.reject(pendingLine);
            commands.replyRejection();
        }
        pendingLine = NO_BYTES;
        hasUnsentReplies = true;
        return !interception.hasFault();
    }

    /** Passes bytes[begin..end) to the interceptor, after which the session ends. */
    private boolean interceptAndEnd(int begin, int end) {
        interceptMalformed(begin, end);
        return !interception.hasFault();
    }

    /** Passes bytes[begin..end) to the interceptor as a malformed command. Returns whether the interceptor has replied. */
    private boolean interceptMalformed(int begin, int end) {
        request.clear(); // it may contain an earlier request
        return observer.isIntercepted() && intercept(TextCommandReader.ofMalformed(window.bytes, begin, end));
    }

    /** Passes a command to the interceptor. Returns whether the interceptor has replied instead of the server. */
    private boolean intercept(CommandBuilder command) {
        InterceptResult.Reply reply = interception.intercept(command, replies.output());
        if (reply != null) {
            replies.put(reply, request.noreply);
        }
        return reply != null;
    }

    private boolean fetchKeys() {
        MultiGet.Outcome outcome = multiGet.fetchKeys(window);
        if (outcome == MultiGet.Outcome.DONE) {
            state = TextState.READ_REQUEST;
            return true;
        }
        if (outcome == MultiGet.Outcome.FAILED) {
            request.rejection = multiGet.error();
            state = TextState.SWALLOW_LINE;
            swallowLine();
            return true;
        }
        return false; // needs input, or the output is full
    }

    /** Returns whether the last bytes of a value were read directly into its buffers. */
    private boolean hasCompleteValue() {
        return state == TextState.READ_VALUE && largeStore.isComplete();
    }

    private boolean readValue() {
        if (!largeStore.fill(window)) {
            return false;
        }
        if (pending != null) {
            return interceptAndFinish(pending);
        }
        state = TextState.CLOSE; // unless this succeeds: the command must not be executed twice
        state = commands.finishLargeStore();
        return true;
    }

    @Override
    public ByteBuffer @Nullable [] valueBuffers() {
        return state == TextState.READ_VALUE ? largeStore.valueBuffers() : null;
    }

    private boolean swallow() {
        bytesToSkip = window.skip(bytesToSkip);
        if (bytesToSkip > 0) {
            return false;
        }
        state = TextState.READ_REQUEST;
        if (pending != null) {
            return interceptAndReject(pending);
        }
        commands.replyRejection();
        return true;
    }

    private boolean swallowLine() {
        int newline = ByteSearch.indexOfNewline(window.bytes, window.position, window.limit);
        if (newline < 0) {
            window.position = window.limit;
            return false;
        }
        window.position = newline + 1;
        state = TextState.READ_REQUEST;
        commands.replyRejection();
        return true;
    }

    /** As in memcached, a client that has sent an incomplete line is idle. */
    @Override
    public boolean isIdle() {
        return state == TextState.READ_REQUEST && requestLength == 0;
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
        boolean isRejecting = state == TextState.SWALLOW_LINE && request.rejection != null;
        return state == TextState.MULTIGET || state == TextState.REPLYING || isRejecting;
    }

    @Override
    public String stateName() {
        if (state == TextState.READ_REQUEST && isProcessing) {
            return "conn_parse_cmd";
        }
        return isIdle() ? "conn_read" : state.text;
    }

    @Override
    public CloseReason closeReason() {
        if (request.opcode == Opcode.QUIT) {
            return CloseReason.NORMAL;
        }
        return request.opcode == Opcode.SHUTDOWN ? CloseReason.SHUTDOWN : CloseReason.ERROR;
    }

    @Override
    public void close() {
        state = TextState.CLOSE;
        admin.close();
        largeStore.abandon();
    }
}
