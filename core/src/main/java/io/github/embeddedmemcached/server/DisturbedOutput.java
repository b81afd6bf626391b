package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.Disturbance;
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
 * Stands between a connection's outbox and its channel while answers are to be disturbed. It lets some bytes pass and then takes no
 * more, as a socket does that is full. Whoever writes asks for the {@link #next} step afterwards.
 *
 * <pre>
 *                        bytes that pass           and then
 *   DELAY                all before the answer     WAIT, and everything passes
 *   DRIP                 these, and its first n    WAIT, and n more pass, and so on until the answer is sent
 *   STALL, CLOSE, RESET  these, and its first n    the step of that name, and nothing more is ever sent
 * </pre>
 *
 * With an answer that is shorter the next step comes as soon as all of it is sent. Where the connection as a whole is disturbed, its
 * answer is all that is ever sent; a command's answer can be disturbed on top of that, and a byte passes where both let it.
 */
final class DisturbedOutput implements WritableByteChannel {
    /** What is to be done after writing. */
    enum Step {
        /** What is always done: the rest is written, or more is answered. */
        GO_ON,
        /** Nothing, for so many {@link #pauseNanos}; {@link #waited} is to be called then. */
        WAIT,
        /** Nothing is sent any more. */
        STALL,
        /** The connection is closed. */
        CLOSE,
        /** The connection is reset. */
        RESET
    }

    /** One disturbance and what it lets pass. */
    private static final class Throttle {
        final Disturbance disturbance;
        long passing; // so many bytes
        boolean answered; // nothing of the answer is going to follow what has been, or waits to be, written

        Throttle(Disturbance disturbance, long undisturbedBytes) {
            this.disturbance = disturbance;
            passing = undisturbedBytes + disturbance.bytes();
        }
    }

    private final WritableByteChannel channel;

    /** That of the connection as a whole before that of a command. */
    private final List<Throttle> throttles = new ArrayList<>(2);

    /** That of a command whose answer is not all there. */
    private @Nullable Throttle answering;

    /** The one that said the last step. */
    private @Nullable Throttle holder;

    DisturbedOutput(WritableByteChannel channel) {
        this.channel = channel;
    }

    /** Disturbs the connection as a whole: for a time, or before anything is sent, or all that is ever sent. */
    void disturbConnection(Disturbance disturbance) {
        Throttle throttle = new Throttle(disturbance, 0);
        throttle.answered = disturbance.bytes() == 0;
        throttles.add(throttle);
    }

    /** Disturbs an answer that begins so many bytes behind what has been written. */
    void disturbAnswer(Disturbance disturbance, long undisturbedBytes) {
        answering = new Throttle(disturbance, undisturbedBytes);
        throttles.add(answering);
    }

    /** Says that the end of the command's answer has been written, or waits to be. */
    void answered() {
        if (answering != null) {
            answering.answered = true;
            answering = null;
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        long length = source.remaining();
        for (Throttle throttle : throttles) {
            length = Math.min(length, throttle.passing);
        }
        int limit = source.limit();
        source.limit(source.position() + (int) length);
        try {
            int written = channel.write(source);
            throttles.forEach(throttle -> throttle.passing -= written);
            return written;
        } finally {
            source.limit(limit);
        }
    }

    /**
     * Says how it goes on.
     *
     * @param allWritten whether nothing waits to be written
     */
    Step next(boolean allWritten) {
        for (int i = throttles.size() - 1; i >= 0; i--) {
            Throttle throttle = throttles.get(i);
            if (allWritten ? throttle.answered : throttle.passing == 0) {
                Step step = step(throttle, allWritten);
                if (step != Step.GO_ON) {
                    holder = throttle;
                    return step;
                }
                throttles.remove(i);
            }
        }
        return Step.GO_ON;
    }

    private static Step step(Throttle throttle, boolean allWritten) {
        return switch (throttle.disturbance.kind()) {
            case DELAY -> Step.WAIT;
            case DRIP -> allWritten ? Step.GO_ON : Step.WAIT;
            case STALL -> Step.STALL;
            case CLOSE -> Step.CLOSE;
            case RESET -> Step.RESET;
        };
    }

    long pauseNanos() {
        return holder == null ? 0 : TimeUnit.NANOSECONDS.convert(holder.disturbance.pause());
    }

    /** Lets more bytes pass. */
    void waited() {
        Throttle waiting = holder;
        if (waiting != null) {
            waiting.passing = waiting.disturbance.bytes();
            if (waiting.disturbance.kind() == Disturbance.Kind.DELAY) {
                throttles.remove(waiting);
            }
        }
        holder = null;
    }

    /** Ends the disturbances that somebody doesn't want any more. True: the one that said the last step is one of them. */
    boolean end(Predicate<? super Disturbance> which) {
        throttles.removeIf(throttle -> which.test(throttle.disturbance));
        boolean freed = holder != null && !throttles.contains(holder);
        holder = freed ? null : holder;
        return freed;
    }

    /** Tells whether nothing is disturbed any more. */
    boolean isOver() {
        return throttles.isEmpty();
    }

    /** Closes a socket in a way that the client sees TCP's RST, if it is TCP. */
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
