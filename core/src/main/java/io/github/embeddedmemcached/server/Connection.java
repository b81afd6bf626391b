package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CloseReason;
import io.github.embeddedmemcached.protocol.Disturbance;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ProtocolSession.Progress;
import io.github.embeddedmemcached.protocol.SessionHost;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One client's socket and its session. It has no buffers of its own while it is silent: it reads into the loop's inbox and
 * answers into the loop's outbox, and keeps bytes only while a request is incomplete or the client doesn't take its answers.
 *
 * <pre>
 *                    answered, all sent                       the socket is full
 *   READING --------------------------------> READING    (from READING or AWAITING_TURN) ------> SENDING
 *      |                                         ^                                                  |
 *      | all sent, more to do                    | nothing more to do             all sent          |
 *      +----------------> AWAITING_TURN ---------+ <------------------------------------------------+
 *                               ^                        all sent, more to do                       |
 *                               +-------------------------------------------------------------------+
 *              its pause is over                        a disturbance holds the answer
 *   SENDING <--------------------------- PAUSING <------------------------------------------ SENDING
 *   SENDING ---- a disturbance lets nothing more be answered ----> STALLED
 *   any ---- end of input, error, server closed, or the session is over and all is sent ----> CLOSED
 * </pre>
 *
 * It reads only while READING: a client that doesn't read its answers is not listened to either, and costs one outbox. For
 * the same reason the end of the input is seen only after everything before it has been answered and sent. What it reads while
 * STALLED is thrown away.
 */
final class Connection implements Selectable, SessionHost {
    private enum Phase {
        READING,
        AWAITING_TURN,
        SENDING,
        PAUSING,
        STALLED,
        CLOSED
    }

    /** So often in a row a step is tried again that failed for lack of memory; then the connection is closed. */
    private static final int MEMORY_FAILURES_MAX = 500;

    private final EventLoop loop;
    private final ByteChannel channel;
    private final @Nullable TlsChannel tls; // the same as the channel, where that is one
    private SelectionKey key; // another one after the selector was replaced
    private final ProtocolSession session;

    // its places in the lists of the loop, made with it so that adding it to one never fails
    private final ConnectionQueue.Link turn = new ConnectionQueue.Link(this);
    private final ConnectionQueue.Link call = new ConnectionQueue.Link(this);
    private final HeldMemory.Share held = new HeldMemory.Share(this);
    private final Alarms.Alarm alarm = new Alarms.Alarm(this);

    private Phase phase = Phase.READING;

    /** Input that the session hasn't consumed, position to limit. */
    private ByteBuffer unread;

    /** What the socket didn't take; only while SENDING. */
    private @Nullable Outbox unsent;

    /** The session has more to do without further input. */
    private boolean moreToDo;

    /** The session is over: close when all is sent. */
    private boolean over;

    /** What the answers pass through while they are to be disturbed. */
    private @Nullable DisturbedOutput disturbed;

    private long lastReadMillis; // written by the loop's thread, read by any

    /** How often in a row the same step has failed for lack of memory. */
    private int memoryFailures;

    Connection(EventLoop loop, ByteChannel channel, SelectionKey key, ProtocolSession session) {
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
        switch (phase) {
            case READING -> tryToRead();
            case SENDING -> send();
            case STALLED -> swallow();
            case AWAITING_TURN, PAUSING, CLOSED -> {} // the loop comes back to it, or never
        }
    }

    /** Reads, or has it tried again in the next turn where there was no memory to begin with. */
    private void tryToRead() throws IOException {
        try {
            loop.prepareToAnswer();
            read();
            memoryFailures = 0;
        } catch (OutOfMemoryError e) {
            if (tls != null) { // it may have lost what it read
                throw e;
            }
            tryAgain(e);
        }
    }

    /** Has the step that failed tried again in the next turn: nothing was lost, and there may be memory then. */
    private void tryAgain(OutOfMemoryError failure) {
        if (++memoryFailures > MEMORY_FAILURES_MAX) {
            throw failure;
        }
        phase = Phase.AWAITING_TURN;
        loop.awaitTurn(turn);
        loop.failed();
    }

    private void read() throws IOException {
        ByteBuffer room = tls == null && !unread.hasRemaining() ? session.room() : null;
        if (room != null && !fill(room)) {
            return;
        }
        ByteBuffer target = loop.inbox().room();
        int begin = target.position();
        int kept = unread.remaining();
        target.put(begin, unread, unread.position(), kept);
        target.limit(begin + kept + loop.readLengthMax()).position(begin + kept);
        if (read(target)) {
            forgetUnread(); // not before: the read may have failed
            loop.inbox().add(this, target.position() - begin);
        }
    }

    /** Goes on with what {@link #read()} has put into the inbox. */
    void processRead(ByteBuffer input) throws IOException {
        if (phase != Phase.CLOSED) {
            process(input);
        }
    }

    /** Reads a large value to where it belongs, not by way of the inbox. False: it isn't all there, or never will be. */
    private boolean fill(ByteBuffer room) throws IOException {
        int end = room.limit();
        room.limit(Math.min(end, room.position() + EventLoop.READ_LENGTH_MAX));
        boolean goesOn = read(room);
        room.limit(end);
        return goesOn && !room.hasRemaining();
    }

    /** Reads what is there, perhaps nothing. False: that was the end, and the connection is closed. */
    private boolean read(ByteBuffer target) throws IOException {
        long nowMillis = loop.nowMillis(); // before: nothing may fail between reading and processing
        int count = channel.read(target);
        if (count < 0) {
            close();
        }
        if (count > 0) { // a TLS handshake without an end counts as silence
            lastReadMillis = nowMillis;
            loop.counters().read(count);
        }
        return count >= 0;
    }

    /** Goes on with what is already there, after the other connections had their turn. */
    void takeTurn() throws IOException {
        if (phase == Phase.AWAITING_TURN && moreToDo) {
            process(unread);
        } else if (phase == Phase.AWAITING_TURN) {
            phase = Phase.READING;
            tryToRead();
        }
    }

    /** Asks the session whether it has something to say, after it has asked for that by {@link #wakeUp}. */
    void onWakeUp() throws IOException {
        switch (phase) {
            case READING -> process(unread);
            case SENDING, PAUSING -> moreToDo = true;
            case AWAITING_TURN, STALLED, CLOSED -> {} // it is going to be asked anyway, or never
        }
    }

    private void process(ByteBuffer input) throws IOException {
        Outbox outbox = loop.buffers().outbox();
        int begin = input.position();
        try {
            Progress progress = session.process(input, outbox.replies());
            memoryFailures = 0;
            answer(input, outbox, progress);
        } catch (OutOfMemoryError e) {
            if (phase == Phase.CLOSED || input.position() != begin || !outbox.isEmpty()) {
                throw e;
            }
            moreToDo = true; // nothing has happened yet
            keepUnread(input);
            tryAgain(e);
        }
        noteHeld();
    }

    private void answer(ByteBuffer input, Outbox outbox, Progress progress) throws IOException {
        moreToDo = progress == Progress.OUTPUT_FULL || progress == Progress.TURN_OVER || progress == Progress.DISTURBED;
        over = progress == Progress.CLOSE;
        if (progress == Progress.TURN_OVER) {
            loop.counters().turnYielded();
        }
        keepUnread(input);
        if (progress == Progress.DISTURBED || disturbed != null) {
            sendDisturbed(progress == Progress.DISTURBED);
            return;
        }
        write(outbox, channel);
        if (outbox.isEmpty() && isFlushed()) {
            afterSending();
        } else {
            keepOutbox();
        }
    }

    /** Writes what the socket takes. Without memory for the JDK's own buffer it takes nothing for now. */
    private void write(Outbox outbox, WritableByteChannel target) throws IOException {
        try {
            loop.reach(FailurePoint.WRITE);
            loop.counters().written(outbox.writeTo(target));
        } catch (OutOfMemoryError e) {
            if (tls != null || ++memoryFailures > MEMORY_FAILURES_MAX) {
                throw e;
            }
            loop.failed();
        }
    }

    private void keepOutbox() {
        unsent = loop.buffers().takeOutbox();
        phase = Phase.SENDING;
        interest(SelectionKey.OP_WRITE);
    }

    private void send() throws IOException {
        Outbox outbox = unsent;
        if (outbox == null) {
            return;
        }
        write(outbox, disturbed == null ? channel : disturbed);
        boolean allWritten = outbox.isEmpty();
        if (isFlushed()) {
            memoryFailures = 0;
            goOnSending(outbox, allWritten);
        }
        noteHeld(); // TLS may hold another part of the replies than before
    }

    private void goOnSending(Outbox outbox, boolean allWritten) throws IOException {
        DisturbedOutput.Step step = disturbed == null ? DisturbedOutput.Step.GO_ON : disturbed.next(allWritten);
        switch (step) {
            case GO_ON -> {
                if (allWritten) {
                    giveBackOutbox(outbox);
                    interest(SelectionKey.OP_READ);
                    afterSending();
                }
            }
            case WAIT -> pause();
            case STALL -> stall();
            case CLOSE -> closeInOrder();
            case RESET -> reset();
        }
    }

    private void interest(int operations) {
        loop.interest(key, operations);
    }

    @Override
    public int operations() {
        return switch (phase) {
            case READING, AWAITING_TURN, STALLED -> SelectionKey.OP_READ;
            case SENDING -> SelectionKey.OP_WRITE;
            case PAUSING, CLOSED -> 0;
        };
    }

    private boolean isFlushed() throws IOException {
        return tls == null || tls.flush();
    }

    private void afterSending() throws IOException {
        if (over) {
            closeInOrder();
        } else if (moreToDo || (tls != null && tls.hasUnread())) {
            phase = Phase.AWAITING_TURN;
            loop.awaitTurn(turn);
        } else {
            phase = Phase.READING;
        }
    }

    private void closeInOrder() throws IOException {
        // unread input would turn the close into a reset, which may overtake the last answer
        channel.read(loop.inbox().room());
        close();
    }

    // ---- disturbances

    /** Has the connection as a whole disturbed, from its first byte on. */
    void disturb(Disturbance disturbance) throws IOException {
        disturbed = new DisturbedOutput(channel);
        disturbed.disturbConnection(disturbance);
        keepOutbox();
        send();
    }

    private void sendDisturbed(boolean begins) throws IOException {
        DisturbedOutput output = disturbed == null ? new DisturbedOutput(channel) : disturbed;
        disturbed = output;
        Disturbance told = session.disturbance();
        if (begins && told != null) {
            output.disturbAnswer(told, session.disturbanceOffset());
        }
        if (!session.isDisturbedAnswerUnfinished()) {
            output.answered();
        }
        keepOutbox();
        send();
        if (output.isOver()) {
            disturbed = null;
        }
    }

    private void pause() {
        phase = Phase.PAUSING;
        interest(0);
        loop.setAlarm(alarm, disturbed == null ? 0 : disturbed.pauseNanos());
    }

    void onAlarm() throws IOException {
        if (phase == Phase.PAUSING && disturbed != null) {
            disturbed.waited();
            sendAgain();
        }
    }

    private void sendAgain() throws IOException {
        phase = Phase.SENDING;
        interest(SelectionKey.OP_WRITE);
        send();
    }

    private void stall() {
        forgetAll();
        phase = Phase.STALLED;
        interest(SelectionKey.OP_READ);
    }

    /** Lets go of what the client sends, beneath TLS too: it is only read to notice when he hangs up. */
    private void swallow() throws IOException {
        if (((SocketChannel) key.channel()).read(loop.inbox().room()) < 0) {
            close();
        }
    }

    private void reset() throws IOException {
        DisturbedOutput.reset((SocketChannel) key.channel()); // before TLS can say good-bye
        close();
    }

    /** Ends what somebody doesn't want any more. A client that hasn't been listened to can't be answered again. */
    void endDisturbances(Predicate<? super Disturbance> which) throws IOException {
        if (disturbed != null && disturbed.end(which)) {
            if (phase == Phase.STALLED) {
                close();
            } else if (phase == Phase.PAUSING) {
                loop.cancelAlarm(alarm);
                sendAgain();
            }
        }
    }

    private void keepUnread(ByteBuffer input) {
        if (over || !input.hasRemaining()) {
            forgetUnread();
        } else if (!moreToDo && input.remaining() >= loop.inputLengthMax()) {
            throw new IllegalStateException("the session wants more input than it said it would ever need");
        } else if (!unread.hasRemaining()) { // otherwise it is the input
            int length = input.remaining();
            if (unread.capacity() < length) {
                unread = loop.buffers().lend(length);
            }
            unread.clear().put(input).flip();
        }
    }

    private void forgetUnread() {
        if (unread.capacity() > 0) {
            loop.buffers().takeBack(unread);
            unread = loop.buffers().noBytes();
        }
    }

    /** What has arrived, and what hasn't been sent. */
    private void forgetAll() {
        Outbox outbox = unsent;
        if (outbox != null) {
            outbox.discard();
            giveBackOutbox(outbox);
        }
        forgetUnread();
    }

    private void giveBackOutbox(Outbox outbox) {
        unsent = null;
        loop.buffers().giveBack(outbox);
    }

    /** Has the loop take note of what this connection holds now. */
    void noteHeld() {
        if (phase == Phase.CLOSED) {
            loop.held().set(held, 0, 0);
            return;
        }
        Outbox outbox = unsent;
        long readBytes = unread.capacity() + session.heldBytes();
        long responseBytes = outbox == null ? 0 : outbox.heldBytes();
        if (tls != null) {
            readBytes += tls.heldInputBytes();
            responseBytes += tls.heldOutputBytes();
        }
        loop.held().set(held, readBytes, responseBytes);
    }

    /** Closes this connection because it holds most of the memory that all of them may hold. */
    void closeForMemory() {
        loop.counters().outOfMemory(held.isMostlyInput());
        if (phase == Phase.READING && tls == null) {
            sendLast(session.outOfMemoryReply());
        }
        close(CloseReason.OUT_OF_MEMORY);
    }

    /** Sends a last reply if the socket takes it at once. */
    private void sendLast(byte[] reply) {
        try {
            channel.write(loop.buffers().wire().clear().put(reply).flip());
        } catch (IOException e) {
            // the client has gone already
        }
    }

    /** Tells whether the client has been silent since a moment, while nothing was going on. */
    boolean isIdleSince(long millis) {
        return phase == Phase.READING && lastReadMillis <= millis && session.isIdle();
    }

    /** Takes the client for one that was heard just now: the clock was set back, or on. */
    void forgetSilence() {
        lastReadMillis = loop.nowMillis();
    }

    // ---- for the session

    @Override
    public void wakeUp() {
        loop.wakeUp(call);
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return address(((SocketChannel) key.channel())::getRemoteAddress);
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return address(((SocketChannel) key.channel())::getLocalAddress);
    }

    private interface Address {
        @Nullable SocketAddress get() throws IOException;
    }

    /** Null once the channel has been closed. */
    private static @Nullable SocketAddress address(Address address) {
        try {
            return address.get();
        } catch (IOException e) {
            return null;
        }
    }

    @Override
    public long lastHeardMillis() {
        return lastReadMillis;
    }

    /** Closes for a reason. */
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
            loop.cancelAlarm(alarm);
        }
        phase = Phase.CLOSED;
        try {
            forgetAll();
        } finally {
            noteHeld();
            loop.closed(channel, session);
        }
    }

    @Override
    public void selectedBy(SelectionKey newKey) {
        key = newKey;
    }
}
