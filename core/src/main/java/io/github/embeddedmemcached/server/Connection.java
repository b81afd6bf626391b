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

    private final EventLoop loop;
    private final ByteChannel channel;
    private final @Nullable TlsChannel tls; // the same as the channel, where that is one
    private final SelectionKey key;
    private final ProtocolSession session;

    private Phase phase = Phase.READING;

    /** Input that the session hasn't consumed, position to limit. */
    private ByteBuffer unread;

    /** What the socket didn't take; only while SENDING. */
    private @Nullable Outbox unsent;

    /** Bytes that the loop has been told this connection holds. */
    private long heldBytes;

    /** The session has more to do without further input. */
    private boolean moreToDo;

    /** The session is over: close when all is sent. */
    private boolean over;

    /** What the answers pass through while they are to be disturbed. */
    private @Nullable DisturbedOutput disturbed;

    private long lastReadMillis; // written by the loop's thread, read by any

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
            case READING -> read();
            case SENDING -> send();
            case STALLED -> swallow();
            case AWAITING_TURN, PAUSING, CLOSED -> {} // the loop comes back to it, or never
        }
    }

    private void read() throws IOException {
        ByteBuffer room = tls == null && !unread.hasRemaining() ? session.room() : null;
        if (room != null && !fill(room)) {
            return;
        }
        ByteBuffer target = loop.inbox().room();
        int begin = target.position();
        target.put(unread);
        forgetUnread();
        target.limit(target.position() + loop.readLengthMax());
        if (read(target)) {
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
        int count = channel.read(target);
        if (count < 0) {
            close();
        }
        if (count > 0) { // bytes of a handshake are no sign of life: who never ends it is idle
            loop.countRead(count);
            lastReadMillis = loop.nowMillis();
        }
        return count >= 0;
    }

    /** Goes on with what is already there, after the other connections had their turn. */
    void takeTurn() throws IOException {
        if (phase == Phase.AWAITING_TURN && moreToDo) {
            process(unread);
        } else if (phase == Phase.AWAITING_TURN) {
            read();
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
        Progress progress = session.process(input, outbox.replies());
        moreToDo = progress == Progress.OUTPUT_FULL || progress == Progress.TURN_OVER || progress == Progress.DISTURBED;
        over = progress == Progress.CLOSE;
        if (progress == Progress.TURN_OVER) {
            loop.countYield();
        }
        keepUnread(input);
        if (progress == Progress.DISTURBED || disturbed != null) {
            sendDisturbed(progress == Progress.DISTURBED);
            return;
        }
        loop.countWritten(outbox.writeTo(channel));
        if (outbox.isEmpty() && isFlushed()) {
            afterSending();
        } else {
            keepOutbox();
        }
    }

    private void keepOutbox() {
        Outbox outbox = loop.buffers().takeOutbox();
        unsent = outbox;
        hold(outbox.heldBytes());
        phase = Phase.SENDING;
        key.interestOps(SelectionKey.OP_WRITE);
    }

    private void send() throws IOException {
        Outbox outbox = unsent;
        if (outbox == null) {
            return;
        }
        loop.countWritten(outbox.writeTo(disturbed == null ? channel : disturbed));
        boolean allWritten = outbox.isEmpty();
        if (!isFlushed()) {
            return;
        }
        DisturbedOutput.Step step = disturbed == null ? DisturbedOutput.Step.GO_ON : disturbed.next(allWritten);
        switch (step) {
            case GO_ON -> {
                if (allWritten) {
                    giveBackOutbox(outbox);
                    key.interestOps(SelectionKey.OP_READ);
                    afterSending();
                }
            }
            case WAIT -> pause();
            case STALL -> stall();
            case CLOSE -> closeInOrder();
            case RESET -> reset();
        }
    }

    private boolean isFlushed() throws IOException {
        return tls == null || tls.flush();
    }

    private void afterSending() throws IOException {
        if (over) {
            closeInOrder();
        } else if (moreToDo || (tls != null && tls.hasUnread())) {
            phase = Phase.AWAITING_TURN;
            loop.awaitTurn(this);
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
        key.interestOps(0);
        loop.setAlarm(this, disturbed == null ? 0 : disturbed.pauseNanos());
    }

    void onAlarm() throws IOException {
        if (phase == Phase.PAUSING && disturbed != null) {
            disturbed.waited();
            sendAgain();
        }
    }

    private void sendAgain() throws IOException {
        phase = Phase.SENDING;
        key.interestOps(SelectionKey.OP_WRITE);
        send();
    }

    private void stall() {
        forgetAll();
        phase = Phase.STALLED;
        key.interestOps(SelectionKey.OP_READ);
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
                loop.cancelAlarm(this);
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
                ByteBuffer larger = loop.buffers().lend(length);
                hold(larger.capacity() - unread.capacity());
                unread = larger;
            }
            unread.clear().put(input).flip();
        }
    }

    private void forgetUnread() {
        if (unread.capacity() > 0) {
            hold(-unread.capacity());
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
        hold(unread.capacity() - heldBytes);
        loop.buffers().giveBack(outbox);
    }

    private void hold(long bytes) {
        heldBytes += bytes;
        loop.countHeld(bytes);
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
        loop.wakeUp(this);
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
            loop.cancelAlarm(this);
        }
        phase = Phase.CLOSED;
        forgetAll();
        hold(-heldBytes);
        loop.closed(channel, session);
    }
}
