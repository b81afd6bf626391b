package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.auth.SaslAuthentication;
import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
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
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.Command;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The binary protocol: divides the input of a session into requests and executes them. Requests may arrive in any number of pieces.
 * {@link BinaryState} shows the transitions.
 */
public final class BinaryCodec implements Codec {
    private static final byte[] NO_BYTES = {};

    private final TraceLog trace;
    private final int requestsPerTurn;
    private final CurrentSession session = new CurrentSession();
    private final InputWindow window = new InputWindow();
    private final BinaryRequest request = new BinaryRequest();
    private final SaslAuthentication sasl;
    private final BinaryReplies replies;
    private final LargeStore largeStore;
    private final BinaryCommands commands;
    private final KeyPrefetcher prefetcher;
    private final SessionObserver observer;
    private final CommandInterception interception;
    private final BinaryCommandReader reader;

    private BinaryState state = BinaryState.READ_REQUEST;
    private int bytesNeeded = BinaryHeader.LENGTH; // READ_REQUEST: the length of input at which parsing can continue
    private long bytesToSkip; // SWALLOW
    private @Nullable CommandBuilder
            pending; // READ_VALUE, SWALLOW: intercepted when its value has been read or skipped
    private byte[] pendingBytes =
            NO_BYTES; // SWALLOW: header, extras and key of the pending command, which is then rejected

    public BinaryCodec(ServerContext context) {
        trace = context.trace();
        requestsPerTurn = context.settings().get(ServerOption.REQUESTS_PER_TURN);
        observer = new SessionObserver(context, session);
        interception = new CommandInterception(context.interceptor(), context.time(), context.cache(), session);
        reader = new BinaryCommandReader(request);
        sasl = new SaslAuthentication(context.authentication());
        replies = new BinaryReplies(session, request);
        largeStore = new LargeStore(context.cache(), 0);
        prefetcher = new KeyPrefetcher(context.cache());
        commands = new BinaryCommands(context, request, replies, largeStore, observer, sasl, prefetcher);
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport transport, boolean isAuthenticated) {
        session.set(sessionNumber, transport);
        sasl.reset(isAuthenticated);
    }

    @Override
    public boolean isAuthenticated() {
        return sasl.isAuthenticated();
    }

    @Override
    public SessionProgress process(ByteBuffer input, ReplyBuffer output) {
        window.open(input);
        prefetcher.reset();
        replies.open(output, trace.sink());
        try {
            return run(output);
        } finally {
            prefetcher.keys().flushCounts();
            window.close(input);
            replies.close();
        }
    }

    private SessionProgress run(ReplyBuffer output) {
        int budget = requestsPerTurn;
        while (state != BinaryState.CLOSE) {
            if (state == BinaryState.REPLYING) {
                if (output.isFull()) {
                    return SessionProgress.OUTPUT_FULL;
                }
                if (!commands.proceed()) {
                    return SessionProgress.TURN_OVER;
                }
                state = BinaryState.READ_REQUEST;
                if (interception.hasFault()) {
                    return SessionProgress.TURN_OVER;
                }
            }
            if (window.remaining() == 0 && !hasCompleteValue()) {
                return SessionProgress.NEEDS_INPUT;
            }
            if (output.isFull()) {
                return SessionProgress.OUTPUT_FULL;
            }
            if (state == BinaryState.READ_REQUEST && budget-- == 0) {
                return SessionProgress.TURN_OVER;
            }
            if (!advance()) {
                return SessionProgress.NEEDS_INPUT;
            }
        }
        return SessionProgress.CLOSE;
    }

    private boolean advance() {
        if (state == BinaryState.READ_REQUEST) {
            return readRequest();
        }
        return state == BinaryState.READ_VALUE ? readValue() : state != BinaryState.SWALLOW || swallow();
    }

    /** Executes one request. Returns false, and consumes nothing, if it has not arrived completely. */
    private boolean readRequest() {
        int start = window.position;
        if (window.remaining() < bytesNeeded) {
            return false; // as in memcached, the magic is checked only when the header is complete
        }
        if (window.bytes[start] != BinaryHeader.MAGIC) {
            return reject(start);
        }
        request.parseHeader(window.bytes, start);
        int needed = commands.lengthNeeded();
        if (window.remaining() < needed) {
            bytesNeeded = needed;
            return false;
        }
        bytesNeeded = BinaryHeader.LENGTH;
        replies.traceRequest(window.bytes, start);
        bytesToSkip = request.lengthBeforeValue() + request.valueLength - needed;
        if (start + needed + bytesToSkip < window.limit) {
            prefetcher.prefetchFromCommand(window);
        }
        window.position = start + needed;
        if (observer.isIntercepted()) {
            return interceptAndExecute(start);
        }
        execute();
        return true;
    }

    private void execute() {
        state = commands.execute(window.bytes, bytesToSkip > 0);
    }

    /** Ends the session after input that is not a request: the start of the next request cannot be found. */
    private boolean reject(int start) {
        state = BinaryState.CLOSE;
        request.clear();
        if (observer.isIntercepted()) {
            int end = Math.min(window.limit, start + BinaryHeader.LENGTH);
            replyFromInterceptor(CommandBuilder.ofMalformed(Command.Protocol.BINARY, window.bytes, start, end));
        }
        return !interception.hasFault();
    }

    // ---- with an interceptor; these methods return false if a fault ends the turn

    private boolean interceptAndExecute(int start) {
        prefetcher.keys().invalidateTime(); // the interceptor may move the clock
        prefetcher.keys().flushCounts();
        boolean isExecutable = commands.isExecutable();
        CommandBuilder command = reader.read(window.bytes, isExecutable, window.position);
        if (isExecutable && commands.reserve(window.bytes)) {
            pending = command;
            state = BinaryState.READ_VALUE;
            return true;
        }
        if (isExecutable && bytesToSkip > 0) {
            pending = command;
            pendingBytes = Arrays.copyOfRange(window.bytes, start, window.position);
            state = BinaryState.SWALLOW;
            return true;
        }
        if (!replyFromInterceptor(command)) {
            execute();
        } else if (!isExecutable) {
            state = BinaryState.CLOSE;
        }
        if (state == BinaryState.REPLYING && interception.hasFault() && commands.proceed()) {
            state = BinaryState.READ_REQUEST;
        }
        return !interception.hasFault();
    }

    private boolean interceptAndFinish(CommandBuilder command) {
        command.value = largeStore.copyValue();
        pending = null; // not earlier: after an OutOfMemoryError, this step is repeated
        state = BinaryState.CLOSE; // unless this succeeds, as in readValue
        if (replyFromInterceptor(command)) {
            largeStore.abandon();
            state = BinaryState.READ_REQUEST;
        } else {
            state = commands.finishLargeStore();
        }
        return !interception.hasFault();
    }

    /** Intercepts a command after the rest of its body has been skipped, and rejects it. */
    private boolean interceptAndReject(CommandBuilder command) {
        pending = null;
        if (!replyFromInterceptor(command)) {
            request.parseHeader(pendingBytes, 0);
            commands.reject(pendingBytes);
        }
        pendingBytes = NO_BYTES;
        return !interception.hasFault();
    }

    /** Passes a command to the interceptor. Writes the reply that replaces its execution, if any, and returns whether there is one. */
    private boolean replyFromInterceptor(CommandBuilder command) {
        InterceptResult.Reply reply = interception.intercept(command, replies.output());
        if (reply != null) {
            replies.put(reply);
        }
        return reply != null;
    }

    /** Returns whether the last bytes of a value were read directly into its buffers. */
    private boolean hasCompleteValue() {
        return state == BinaryState.READ_VALUE && largeStore.isComplete();
    }

    private boolean readValue() {
        if (!largeStore.fill(window)) {
            return false;
        }
        if (pending != null) {
            return interceptAndFinish(pending);
        }
        state = BinaryState.CLOSE; // unless this succeeds: the command must not be executed twice
        state = commands.finishLargeStore();
        return true;
    }

    @Override
    public ByteBuffer @Nullable [] valueBuffers() {
        return state == BinaryState.READ_VALUE ? largeStore.valueBuffers() : null;
    }

    private boolean swallow() {
        bytesToSkip = window.skip(bytesToSkip);
        if (bytesToSkip > 0) {
            return false;
        }
        state = BinaryState.READ_REQUEST;
        if (pending != null) {
            return interceptAndReject(pending);
        }
        commands.replyToRejected();
        return true;
    }

    /** Returns whether no request is being received or executed. An incomplete header does not count, as an incomplete line does not. */
    @Override
    public boolean isIdle() {
        return state == BinaryState.READ_REQUEST && bytesNeeded == BinaryHeader.LENGTH;
    }

    @Override
    public boolean isReusable() {
        return isIdle() && isAuthenticated(); // the state of an authentication in progress is in the codec
    }

    @Override
    public CommandInterception interception() {
        return interception;
    }

    @Override
    public boolean isReplying() {
        return state == BinaryState.REPLYING;
    }

    @Override
    public String stateName() {
        boolean readsHeader = state == BinaryState.READ_REQUEST && bytesNeeded == BinaryHeader.LENGTH;
        return readsHeader ? "conn_read" : state.text;
    }

    @Override
    public CloseReason closeReason() {
        return request.opcode == BinaryOpcode.QUIT ? CloseReason.NORMAL : CloseReason.ERROR;
    }

    @Override
    public void close() {
        state = BinaryState.CLOSE;
        largeStore.abandon();
    }
}
