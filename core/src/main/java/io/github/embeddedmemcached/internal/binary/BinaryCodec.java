package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.auth.SaslLogin;
import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.CommandBuilder;
import io.github.embeddedmemcached.internal.session.CommandInterception;
import io.github.embeddedmemcached.internal.session.LargeStore;
import io.github.embeddedmemcached.internal.session.Progress;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.SessionObserver;
import io.github.embeddedmemcached.internal.session.TraceLog;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.protocol.Command;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The binary protocol's side of a session: cuts the input into requests, whatever the pieces it arrives in, and has them
 * executed. {@link BinaryState} draws the way.
 */
public final class BinaryCodec implements Codec {
    private static final byte[] NO_BYTES = {};

    private final TraceLog trace;
    private final int requestsPerTurn;
    private final CurrentSession session = new CurrentSession();
    private final InputWindow window = new InputWindow();
    private final BinaryRequest request = new BinaryRequest();
    private final SaslLogin login;
    private final BinaryReplies replies;
    private final LargeStore largeStore;
    private final BinaryCommands commands;
    private final SessionObserver observer;
    private final CommandInterception interception;
    private final BinaryCommandReader reader;

    private BinaryState at = BinaryState.READ_REQUEST;
    private int awaited =
            BinaryHeader.LENGTH; // READ_REQUEST: so many bytes must be there before it makes sense to look again
    private long toSwallow; // SWALLOW: so many bytes are left to skip
    private @Nullable CommandBuilder held; // READ_VALUE, SWALLOW: shown when the value has been read or skipped
    private byte[] heldBytes = NO_BYTES; // SWALLOW: header, extras and key of the held command, which is refused then

    public BinaryCodec(ServerContext context) {
        trace = context.trace();
        requestsPerTurn = context.settings().get(ServerOption.REQUESTS_PER_TURN);
        observer = new SessionObserver(context, session);
        interception = new CommandInterception(context.interceptor(), context.time(), context.cache(), session);
        reader = new BinaryCommandReader(request);
        login = new SaslLogin(context.authentication());
        replies = new BinaryReplies(session, request);
        largeStore = new LargeStore(context.cache(), 0);
        commands = new BinaryCommands(context, request, replies, largeStore, observer, login);
    }

    @Override
    public void attach(int sessionNumber, @Nullable SessionTransport host, boolean isAuthenticated) {
        session.set(sessionNumber, host);
        login.reset(isAuthenticated);
    }

    @Override
    public boolean isAuthenticated() {
        return login.isAuthenticated();
    }

    @Override
    public Progress process(ByteBuffer input, ReplyBuffer output) {
        window.open(input);
        replies.open(output, trace.sink());
        try {
            return run(output);
        } finally {
            window.close(input);
            replies.close();
        }
    }

    private Progress run(ReplyBuffer output) {
        int budget = requestsPerTurn;
        while (at != BinaryState.CLOSE) {
            if (at == BinaryState.ANSWERING) {
                if (output.isFull()) {
                    return Progress.OUTPUT_FULL;
                }
                if (!commands.proceed()) {
                    return Progress.TURN_OVER;
                }
                at = BinaryState.READ_REQUEST;
                if (interception.hasFault()) {
                    return Progress.TURN_OVER;
                }
            }
            if (window.remaining() == 0 && !hasCompleteValue()) {
                return Progress.NEEDS_INPUT;
            }
            if (output.isFull()) {
                return Progress.OUTPUT_FULL;
            }
            if (at == BinaryState.READ_REQUEST && budget-- == 0) {
                return Progress.TURN_OVER;
            }
            boolean moved = switch (at) {
                case READ_REQUEST -> readRequest();
                case READ_VALUE -> readValue();
                case SWALLOW -> swallow();
                case ANSWERING, CLOSE -> true;
            };
            if (!moved) {
                return Progress.NEEDS_INPUT;
            }
        }
        return Progress.CLOSE;
    }

    /** Executes one request; false: it isn't all there, and nothing was consumed. */
    private boolean readRequest() {
        int begin = window.position;
        if (window.remaining() < awaited) {
            return false; // as memcached, which looks at the first byte only when the header is there
        }
        if (window.bytes[begin] != BinaryHeader.MAGIC) {
            return refuse(begin);
        }
        request.parseHeader(window.bytes, begin);
        int needed = commands.lengthNeeded();
        if (window.remaining() < needed) {
            awaited = needed;
            return false;
        }
        awaited = BinaryHeader.LENGTH;
        replies.traceRequest(window.bytes, begin);
        window.position = begin + needed;
        toSwallow = request.lengthBeforeValue() + request.valueLength - needed;
        if (observer.isIntercepted()) {
            return showAndExecute(begin);
        }
        execute();
        return true;
    }

    private void execute() {
        at = commands.execute(window.bytes, toSwallow > 0);
    }

    /** There is no way to find the next request. */
    private boolean refuse(int begin) {
        at = BinaryState.CLOSE;
        request.clear();
        if (observer.isIntercepted()) {
            int end = Math.min(window.limit, begin + BinaryHeader.LENGTH);
            isAnswered(CommandBuilder.ofMalformed(Command.Protocol.BINARY, window.bytes, begin, end));
        }
        return !interception.hasFault();
    }

    // Where somebody intercepts. These return false where a fault ends the turn.

    private boolean showAndExecute(int begin) {
        boolean isLegal = commands.isLegal();
        CommandBuilder draft = reader.read(window.bytes, isLegal, window.position);
        if (isLegal && commands.reserve(window.bytes)) {
            held = draft;
            at = BinaryState.READ_VALUE;
            return true;
        }
        if (isLegal && toSwallow > 0) {
            held = draft;
            heldBytes = Arrays.copyOfRange(window.bytes, begin, window.position);
            at = BinaryState.SWALLOW;
            return true;
        }
        if (!isAnswered(draft)) {
            execute();
        } else if (!isLegal) {
            at = BinaryState.CLOSE;
        }
        if (at == BinaryState.ANSWERING && interception.hasFault() && commands.proceed()) {
            at = BinaryState.READ_REQUEST;
        }
        return !interception.hasFault();
    }

    private boolean showAndFinish(CommandBuilder draft) {
        held = null;
        draft.value = largeStore.copyValue();
        if (isAnswered(draft)) {
            largeStore.abandon();
            at = BinaryState.READ_REQUEST;
        } else {
            at = commands.finishLargeStore();
        }
        return !interception.hasFault();
    }

    /** Shows a command, the rest of whose body has been skipped, and refuses it. */
    private boolean showAndRefuse(CommandBuilder draft) {
        held = null;
        if (!isAnswered(draft)) {
            request.parseHeader(heldBytes, 0);
            commands.refuse(heldBytes);
        }
        heldBytes = NO_BYTES;
        return !interception.hasFault();
    }

    private boolean isAnswered(CommandBuilder draft) {
        InterceptResult.Answer answer = interception.intercept(draft, replies.output());
        if (answer != null) {
            replies.put(answer);
        }
        return answer != null;
    }

    /** Whether the last bytes of a value came straight into their room. */
    private boolean hasCompleteValue() {
        return at == BinaryState.READ_VALUE && largeStore.isComplete();
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
        return at == BinaryState.READ_VALUE ? largeStore.valueBuffer() : null;
    }

    private boolean swallow() {
        toSwallow = window.skip(toSwallow);
        if (toSwallow > 0) {
            return false;
        }
        at = BinaryState.READ_REQUEST;
        if (held != null) {
            return showAndRefuse(held);
        }
        commands.replyRefusal();
        return true;
    }

    /** An unfinished header doesn't count, as an unfinished line doesn't. */
    @Override
    public boolean isIdle() {
        return at == BinaryState.READ_REQUEST && awaited == BinaryHeader.LENGTH;
    }

    @Override
    public boolean isReusable() {
        return isIdle() && isAuthenticated(); // who is about to log in has begun something
    }

    @Override
    public CommandInterception interception() {
        return interception;
    }

    @Override
    public boolean isReplying() {
        return at == BinaryState.ANSWERING;
    }

    @Override
    public String stateName() {
        return switch (at) {
            case READ_REQUEST -> awaited == BinaryHeader.LENGTH ? "conn_read" : "conn_nread";
            case READ_VALUE -> "conn_nread";
            case SWALLOW -> "conn_swallow";
            case ANSWERING -> "conn_mwrite";
            case CLOSE -> "conn_closing";
        };
    }

    @Override
    public CloseReason closeReason() {
        return request.opcode == BinaryOpcode.QUIT ? CloseReason.NORMAL : CloseReason.ERROR;
    }

    @Override
    public void close() {
        at = BinaryState.CLOSE;
        largeStore.abandon();
    }
}
