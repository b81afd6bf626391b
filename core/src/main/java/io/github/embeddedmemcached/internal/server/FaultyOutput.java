package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Applies response faults between a connection's output buffer and its channel: it accepts a number of bytes and then no more, like a
 * socket whose buffer is full. After each write the caller executes the fault that is {@link #due}.
 *
 * <pre>
 *                        accepted bytes                   then
 *   DELAY                all before the reply             a pause, then all bytes
 *   THROTTLE             all before it, n of the reply    a pause, then n more bytes, repeated until the reply is sent
 *   STALL, CLOSE, RESET  all before it, n of the reply    what the name says; nothing more is sent
 * </pre>
 *
 * If the reply is shorter, that follows as soon as all of it is sent. A fault of the connection as a whole treats all bytes that are
 * ever sent as one reply; a fault of a command's reply can apply in addition, and a byte is sent when both faults allow it.
 */
final class FaultyOutput implements WritableByteChannel {
    /** One fault and the number of bytes that it allows. */
    private static final class Throttle {
        final ResponseFault fault;
        long allowedBytes; // until the fault is due
        boolean complete; // the end of the reply is written or in the output buffer

        Throttle(ResponseFault fault, long bytesBefore) {
            this.fault = fault;
            allowedBytes = bytesBefore + fault.bytes();
        }
    }

    private final WritableByteChannel channel;

    /** In the order of their creation: a fault of the connection as a whole comes first. */
    private final List<Throttle> throttles = new ArrayList<>(2);

    /** The fault of a command whose reply is incomplete. */
    private @Nullable Throttle currentReply;

    /** The fault that was due last. */
    private @Nullable Throttle active;

    FaultyOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    /** Adds a fault that applies to the connection as a whole. */
    void faultConnection(ResponseFault fault) {
        Throttle throttle = new Throttle(fault, 0);
        throttle.complete = fault.bytes() == 0;
        throttles.add(throttle);
    }

    /** Adds a fault of a reply that begins this many bytes after the last written byte. */
    void faultReply(ResponseFault fault, long bytesBefore) {
        currentReply = new Throttle(fault, bytesBefore);
        throttles.add(currentReply);
    }

    /** Reports that the end of the command's reply has been written or is in the output buffer. */
    void replyComplete() {
        if (currentReply != null) {
            currentReply.complete = true;
            currentReply = null;
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        long length = source.remaining();
        for (Throttle throttle : throttles) {
            length = Math.min(length, throttle.allowedBytes);
        }
        int limit = source.limit();
        source.limit(source.position() + (int) length);
        try {
            int written = channel.write(source);
            for (Throttle throttle : throttles) {
                throttle.allowedBytes -= written;
            }
            return written;
        } finally {
            source.limit(limit);
        }
    }

    /**
     * Returns what to do after a write: for a delay or a throttle, wait for {@link #pauseNanos}, and then call {@link #pauseOver}.
     * Returns null to continue as without a fault: write the remaining bytes, or process more requests.
     *
     * @param allWritten whether the output buffer is empty
     */
    ResponseFault.@Nullable Kind due(boolean allWritten) {
        for (int i = throttles.size() - 1; i >= 0; i--) {
            Throttle throttle = throttles.get(i);
            if (allWritten ? throttle.complete : throttle.allowedBytes == 0) {
                ResponseFault.Kind kind = throttle.fault.kind();
                if (kind != ResponseFault.Kind.THROTTLE || !allWritten) {
                    active = throttle;
                    return kind;
                }
                throttles.remove(i);
            }
        }
        return null;
    }

    long pauseNanos() {
        return active == null ? 0 : TimeUnit.NANOSECONDS.convert(active.fault.pause());
    }

    /** Allows more bytes after a pause. */
    void pauseOver() {
        Throttle paused = active;
        if (paused != null) {
            paused.allowedBytes = paused.fault.bytes();
            if (paused.fault.kind() == ResponseFault.Kind.DELAY) {
                throttles.remove(paused);
            }
        }
        active = null;
    }

    /** Ends the faults that match; returns whether the fault that was due last is one of them. */
    boolean end(Predicate<? super ResponseFault> which) {
        throttles.removeIf(throttle -> which.test(throttle.fault));
        boolean ended = active != null && !throttles.contains(active);
        active = ended ? null : active;
        return ended;
    }

    /** Returns whether no fault is left. */
    boolean isOver() {
        return throttles.isEmpty();
    }

    /** Closes a socket with TCP's RST, if it is a TCP socket. */
    static void reset(SocketChannel socket) throws IOException {
        if (socket.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        socket.close();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
