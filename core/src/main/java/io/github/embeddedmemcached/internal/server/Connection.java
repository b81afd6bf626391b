package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.jfr.FlightEvents;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.server.tls.TlsChannel;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.wire.Addresses;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One client's socket and its session. An idle connection holds no buffers: it reads into the loop's {@link InputBatch} and writes
 * replies to the loop's {@link OutputBuffer}, and keeps bytes only while a request is incomplete or the client does not read its replies.
 *
 * <pre>
 *                    replied, all sent                        the socket is full
 *   READING --------------------------------> READING    (from READING or AWAITING_TURN) ------> SENDING
 *      |                                         ^                                                  |
 *      | all sent, more to do                    | nothing more to do             all sent          |
 *      +----------------> AWAITING_TURN ---------+ <------------------------------------------------+
 *                               ^                        all sent, more to do                       |
 *                               +-------------------------------------------------------------------+
 *              the pause is over                        a fault delays the reply
 *   SENDING <--------------------------- PAUSING <------------------------------------------ SENDING
 *   SENDING ---- a fault ends all output ----> STALLED
 *   any ---- end of input, error, server closed, or the session has ended and all is sent ----> CLOSED
 * </pre>
 *
 * Requests are read only while READING: if a client does not read its replies, no more of its requests are read, and it occupies one
 * output buffer. For the same reason the end of the input is detected only after all replies have been sent. Input that arrives while
 * STALLED is discarded.
 */
final class Connection implements Selectable, SessionTransport {
    private enum Phase {
        READING,
        AWAITING_TURN,
        SENDING,
        PAUSING,
        STALLED,
        CLOSED
    }

    /** The maximum number of consecutive retries of a step that fails for lack of memory; then the connection is closed. */
    private static final int MEMORY_FAILURES_MAX = 500;

    /** A time so late that no stall is reported. */
    private static final long NOT_MEASURED = Long.MAX_VALUE / 2;

    private final EventLoop loop;
    private final ByteChannel channel;
    private final @Nullable TlsChannel tls; // the channel, if it is one
    private SelectionKey key; // changes when the selector is replaced
    private final ClientSession session;

    // links for the lists of the loop, created in advance so that adding the connection to a list never fails
    private final ConnectionQueue.Link turnLink = new ConnectionQueue.Link(this);
    private final ConnectionQueue.Link wakeUpLink = new ConnectionQueue.Link(this);
    private final ConnectionUsage.Share usage = new ConnectionUsage.Share(this);
    private final Timers.Timer timer = new Timers.Timer(this);

    private Phase phase = Phase.READING;

    /** Input that the session has not consumed, position to limit. */
    private ByteBuffer unread;

    /** The last request that was read had a large value, so the next one may have one too. */
    private boolean expectsValue;

    /** Replies that the socket did not accept; null unless SENDING or PAUSING. */
    private @Nullable OutputBuffer unsent;

    /** The session can continue without further input. */
    private boolean canContinue;

    /** The session has ended: the connection is closed when all replies have been sent. */
    private boolean sessionEnded;

    /** The channel for replies while a response fault is active. */
    private @Nullable FaultyOutput faultyOutput;

    private long lastReadMillis; // written by the loop's thread, read by any

    /** The time since which the client has accepted no byte of {@link #unsent}; valid while that is not null. */
    private long blockedSinceMillis;

    /** Consecutive failures of the same step for lack of memory. */
    private int memoryFailures;

    Connection(EventLoop loop, ByteChannel channel, SelectionKey key, ClientSession session) {
        this.loop = loop;
        this.channel = channel;
        tls = channel instanceof TlsChannel tlsChannel ? tlsChannel : null;
        this.key = key;
        this.session = session;
        unread = loop.buffers().noBytes();
        lastReadMillis = loop.nowMillis();
    }

    @Override
    public void onReady() throws IOException {
        if (phase == Phase.READING) {
            tryRead();
        } else if (phase == Phase.SENDING) {
            send();
        } else if (phase == Phase.STALLED) {
            discardInput();
        } // otherwise continued later by the loop, or closed
    }

    /** Reads; retries in the next turn if the read could not begin for lack of memory. */
    private void tryRead() throws IOException {
        boolean isValueComplete;
        try {
            loop.allocateBuffers();
            isValueComplete = read();
            memoryFailures = 0;
        } catch (OutOfMemoryError e) {
            if (tls != null) { // it may have lost bytes that it had read
                throw e;
            }
            retryInNextTurn(e);
            return;
        }
        if (isValueComplete) { // processed here: after a failure, the output may contain a part of a reply
            process(loop.buffers().noBytes());
        }
    }

    /** Schedules the failed step for the next turn: no bytes were lost, and memory may be available then. */
    private void retryInNextTurn(OutOfMemoryError failure) {
        if (++memoryFailures > MEMORY_FAILURES_MAX) {
            throw failure;
        }
        phase = Phase.AWAITING_TURN;
        loop.awaitTurn(turnLink);
        loop.failed();
    }

    /** Reads available bytes. Returns whether they complete a large value. */
    private boolean read() throws IOException {
        ByteBuffer[] value = valueBuffers();
        if (value != null) {
            long nowMillis = loop.nowMillis();
            return record(InputBatch.readValue((ScatteringByteChannel) channel, value), nowMillis)
                    && !value[0].hasRemaining();
        }
        ByteBuffer target = loop.inputBatch().free(unread, loop.readLengthMax(), expectsValue);
        int begin = target.position() - unread.remaining();
        if (read(target)) {
            releaseUnread(); // not before: the read may have failed
            loop.inputBatch().add(this, target.position() - begin);
        }
        return false;
    }

    /** Processes the bytes that {@link #read()} has added to the input batch. */
    void processRead(ByteBuffer input) throws IOException {
        if (phase != Phase.CLOSED) {
            process(input);
            expectsValue = phase == Phase.READING && valueBuffers() != null;
            if (expectsValue) {
                tryRead(); // most of the value has probably arrived
            }
        }
    }

    /** Returns the buffers for the rest of a large value, if the next bytes of the channel belong to it. */
    private ByteBuffer @Nullable [] valueBuffers() {
        return tls == null && !unread.hasRemaining() ? session.valueBuffers() : null;
    }

    /** Reads the available bytes, if any. Returns false at the end of the input; the connection is closed then. */
    private boolean read(ByteBuffer target) throws IOException {
        long nowMillis = loop.nowMillis(); // before the read: nothing may fail between reading and processing
        return record(channel.read(target), nowMillis);
    }

    private boolean record(long count, long nowMillis) {
        if (count < 0) {
            close();
        }
        if (count > 0) { // the records of an incomplete TLS handshake do not count as activity
            lastReadMillis = nowMillis;
            loop.counters().read(count);
        }
        return count >= 0;
    }

    /** Continues after the other connections have had their turn. */
    void takeTurn() throws IOException {
        if (phase == Phase.AWAITING_TURN && canContinue) {
            process(unread);
        } else if (phase == Phase.AWAITING_TURN) {
            phase = Phase.READING;
            tryRead();
        }
    }

    /** Processes the session without new input, after it has called {@link #wakeUp}. */
    void onWakeUp() throws IOException {
        if (phase == Phase.READING) {
            process(unread);
        } else if (phase == Phase.SENDING || phase == Phase.PAUSING) {
            canContinue = true;
        } // otherwise processed in its turn, or not processed any longer
    }

    private void process(ByteBuffer input) throws IOException {
        OutputBuffer output = loop.buffers().output();
        int begin = input.position();
        try {
            SessionProgress progress = session.process(input, output.replies());
            memoryFailures = 0;
            finishProcessing(input, output, progress);
        } catch (OutOfMemoryError e) {
            if (phase == Phase.CLOSED || input.position() != begin || !output.isEmpty()) {
                throw e;
            }
            canContinue = true; // nothing was consumed or written
            keepUnread(input);
            retryInNextTurn(e);
        }
        updateUsage();
    }

    private void finishProcessing(ByteBuffer input, OutputBuffer output, SessionProgress progress) throws IOException {
        canContinue = progress == SessionProgress.OUTPUT_FULL
                || progress == SessionProgress.TURN_OVER
                || progress == SessionProgress.RESPONSE_FAULT;
        sessionEnded = progress == SessionProgress.CLOSE;
        if (progress == SessionProgress.TURN_OVER) {
            loop.counters().turnYielded();
        }
        keepUnread(input);
        if (progress == SessionProgress.RESPONSE_FAULT || faultyOutput != null) {
            sendFaulty(progress == SessionProgress.RESPONSE_FAULT);
            return;
        }
        write(output, channel);
        if (output.isEmpty() && isFlushed()) {
            afterSending();
        } else {
            keepOutput();
        }
    }

    /** Writes as many bytes as the socket accepts; none, until the next attempt, if the JDK has no memory for its own buffer. */
    private void write(OutputBuffer output, WritableByteChannel target) throws IOException {
        try {
            loop.reach(FailurePoint.WRITE);
            long written = output.writeTo(target);
            loop.counters().written(written);
            if (written > 0 && unsent != null) {
                reportStall();
                restartStall();
            }
        } catch (OutOfMemoryError e) {
            if (tls != null || ++memoryFailures > MEMORY_FAILURES_MAX) {
                throw e;
            }
            loop.failed();
        }
    }

    private void keepOutput() {
        unsent = loop.buffers().takeOutput();
        restartStall();
        phase = Phase.SENDING;
        interest(SelectionKey.OP_WRITE);
    }

    /** Begins to measure how long the client does not read. Throws nothing, as the clock may. */
    private void restartStall() {
        try {
            blockedSinceMillis = loop.nowMillis();
        } catch (RuntimeException | Error e) {
            blockedSinceMillis = NOT_MEASURED;
        }
    }

    /** Emits an event of the Flight Recorder if the client has not read for a long time. Called when that ends. Throws nothing. */
    private void reportStall() {
        OutputBuffer output = unsent;
        if (output == null || faultyOutput != null) {
            return;
        }
        try {
            long stalledMillis = loop.nowMillis() - blockedSinceMillis;
            if (stalledMillis >= FlightEvents.STALL_MILLIS) {
                FlightEvents.stalledConnection(
                        Addresses.withTransport(remoteAddress(), false), stalledMillis, output.heldBytes());
            }
        } catch (RuntimeException | Error e) {
            loop.failed(); // losing an event is better than losing the connection
        }
    }

    private void send() throws IOException {
        OutputBuffer output = unsent;
        if (output == null) {
            return;
        }
        write(output, faultyOutput == null ? channel : faultyOutput);
        boolean allWritten = output.isEmpty();
        if (isFlushed()) {
            memoryFailures = 0;
            continueSending(output, allWritten);
        }
        updateUsage(); // TLS may hold another part of the replies than before
    }

    private void continueSending(OutputBuffer output, boolean allWritten) throws IOException {
        ResponseFault.Kind fault = faultyOutput == null ? null : faultyOutput.due(allWritten);
        if (fault == ResponseFault.Kind.STALL) {
            stall();
        } else if (fault == ResponseFault.Kind.CLOSE) {
            closeGracefully();
        } else if (fault == ResponseFault.Kind.RESET) {
            reset();
        } else if (fault != null) {
            pause();
        } else if (allWritten) {
            reportStall(); // TLS has sent the rest without a write
            releaseOutput(output);
            interest(SelectionKey.OP_READ);
            afterSending();
        }
    }

    private void interest(int operations) {
        loop.interest(key, operations);
    }

    @Override
    public int operations() {
        if (phase == Phase.SENDING) {
            return SelectionKey.OP_WRITE;
        }
        return phase == Phase.PAUSING || phase == Phase.CLOSED ? 0 : SelectionKey.OP_READ;
    }

    private boolean isFlushed() throws IOException {
        return tls == null || tls.flush();
    }

    private void afterSending() throws IOException {
        if (sessionEnded) {
            closeGracefully();
        } else if (canContinue || (tls != null && tls.hasUnread())) {
            phase = Phase.AWAITING_TURN;
            loop.awaitTurn(turnLink);
        } else {
            phase = Phase.READING;
        }
    }

    private void closeGracefully() throws IOException {
        // if input is unread, closing the socket resets the connection, and the client may lose the last reply
        channel.read(loop.inputBatch().free());
        close();
    }

    // ---- response faults

    /** Applies a fault to the connection as a whole, starting with its first byte. */
    void applyFault(ResponseFault fault) throws IOException {
        faultyOutput = new FaultyOutput(channel);
        faultyOutput.faultConnection(fault);
        keepOutput();
        send();
    }

    private void sendFaulty(boolean faultBegins) throws IOException {
        FaultyOutput output = faultyOutput == null ? new FaultyOutput(channel) : faultyOutput;
        faultyOutput = output;
        ResponseFault fault = session.fault();
        if (faultBegins && fault != null) {
            output.faultReply(fault, session.faultOffset());
        }
        if (!session.isFaultyReplyIncomplete()) {
            output.replyComplete();
        }
        keepOutput();
        send();
        if (output.isOver()) {
            faultyOutput = null;
        }
    }

    private void pause() {
        phase = Phase.PAUSING;
        interest(0);
        loop.setTimer(timer, faultyOutput == null ? 0 : faultyOutput.pauseNanos());
    }

    void onTimer() throws IOException {
        if (phase == Phase.PAUSING && faultyOutput != null) {
            faultyOutput.pauseOver();
            sendAgain();
        }
    }

    private void sendAgain() throws IOException {
        phase = Phase.SENDING;
        interest(SelectionKey.OP_WRITE);
        send();
    }

    private void stall() {
        releaseBuffers();
        phase = Phase.STALLED;
        interest(SelectionKey.OP_READ);
    }

    /** Discards input, without decrypting it: it is read only to detect that the client has disconnected. */
    private void discardInput() throws IOException {
        if (((SocketChannel) key.channel()).read(loop.inputBatch().free()) < 0) {
            close();
        }
    }

    private void reset() throws IOException {
        FaultyOutput.reset((SocketChannel) key.channel()); // before TLS sends close_notify
        close();
    }

    /** Ends the faults that match. A stalled connection is closed, because its input was discarded. */
    void endFaults(Predicate<? super ResponseFault> which) throws IOException {
        if (faultyOutput != null && faultyOutput.end(which)) {
            if (phase == Phase.STALLED) {
                close();
            } else if (phase == Phase.PAUSING) {
                loop.cancelTimer(timer);
                sendAgain();
            }
        }
    }

    private void keepUnread(ByteBuffer input) {
        if (sessionEnded || !input.hasRemaining()) {
            releaseUnread();
        } else if (!canContinue && input.remaining() >= loop.inputLengthMax()) {
            throw new IllegalStateException("the session requires more input than its declared maximum");
        } else if (!unread.hasRemaining()) { // otherwise the input is the unread buffer
            int length = input.remaining();
            if (unread.capacity() < length) {
                unread = loop.buffers().acquire(length);
            }
            unread.clear().put(input).flip();
        }
    }

    private void releaseUnread() {
        if (unread.capacity() > 0) {
            loop.buffers().release(unread);
            unread = loop.buffers().noBytes();
        }
    }

    /** Releases the buffers of unread input and unsent output. */
    private void releaseBuffers() {
        OutputBuffer output = unsent;
        if (output != null) {
            output.discard();
            releaseOutput(output);
        }
        releaseUnread();
    }

    private void releaseOutput(OutputBuffer output) {
        unsent = null;
        loop.buffers().releaseOutput(output);
    }

    /** Reports the memory that this connection holds now to the loop. */
    void updateUsage() {
        if (phase == Phase.CLOSED) {
            loop.usage().set(usage, 0, 0);
            return;
        }
        OutputBuffer output = unsent;
        long readBytes = unread.capacity() + session.heldBytes();
        long responseBytes = output == null ? 0 : output.heldBytes();
        if (tls != null) {
            readBytes += tls.heldInputBytes();
            responseBytes += tls.heldOutputBytes();
        }
        loop.usage().set(usage, readBytes, responseBytes);
    }

    /** Closes this connection, which holds the most memory in its loop, because all connections together exceed the limit. */
    void closeForMemory() {
        loop.counters().outOfMemory(usage.isMostlyInput());
        if (phase == Phase.READING && tls == null) {
            sendLast(session.outOfMemoryReply());
        }
        close(CloseReason.OUT_OF_MEMORY);
    }

    /** Sends a last reply if the socket accepts it at once. */
    private void sendLast(byte[] reply) {
        try {
            channel.write(loop.buffers().wire().clear().put(reply).flip());
        } catch (IOException e) {
            // the client has disconnected
        }
    }

    /** Returns whether the client has been idle since this elapsed time, and no request or reply is pending. */
    boolean isIdleSince(long millis) {
        return phase == Phase.READING && lastReadMillis <= millis && session.isIdle();
    }

    /** Sets the time of the last read to the current time, because the clock was set. */
    void resetIdleTime() {
        lastReadMillis = loop.nowMillis();
    }

    // ---- for the session

    @Override
    public void wakeUp() {
        loop.wakeUp(wakeUpLink);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        try {
            return ((SocketChannel) key.channel()).getRemoteAddress();
        } catch (IOException e) {
            return null; // closed
        }
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        try {
            return ((SocketChannel) key.channel()).getLocalAddress();
        } catch (IOException e) {
            return null; // closed
        }
    }

    @Override
    public long lastReadMillis() {
        return lastReadMillis;
    }

    void close(CloseReason reason) {
        session.closeReason(reason);
        close();
    }

    @Override
    public void close() {
        if (phase == Phase.CLOSED) {
            return;
        }
        if (phase == Phase.PAUSING) {
            loop.cancelTimer(timer);
        }
        boolean wasSending = phase == Phase.SENDING;
        phase = Phase.CLOSED;
        try {
            if (wasSending) {
                reportStall();
            }
            releaseBuffers();
        } finally {
            updateUsage();
            loop.closed(channel, session);
        }
    }

    @Override
    public void selectedBy(SelectionKey newKey) {
        key = newKey;
    }
}
