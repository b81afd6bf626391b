package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The commands that a server received, in the order in which they arrived, over all its connections, and also what isn't a command.
 *
 * <pre>{@code
 * memcached.recording().start();
 * client.set("k", 60, "v");
 * Command set = memcached.recording().takeRequest(Duration.ofSeconds(5));
 * assertEquals(60, set.exptimeSeconds());
 * assertEquals(1, memcached.recording().requests(command("get").key("k")).size());
 * }</pre>
 *
 * <p>It is off until it is started, and costs nothing then; to ask it for commands before that is an error. A command is recorded before it is executed: who has its answer finds it here.
 * It is bounded by a number of commands, and by {@value #BYTES_MAX} bytes of keys, values and lines; beyond that the oldest are dropped and
 * counted. It lasts as long as the server, stopped and restarted or not. Thread-safe.
 *
 * <p>A host of sessions of its own can be recorded too: {@code state.interceptor(new Recording())}.
 */
public final class Recording implements Interceptor {
    /** So many commands are kept unless something else is asked for. */
    public static final int COMMANDS_MAX_DEFAULT = 10_000;

    /** So many bytes of keys, values and lines are kept, or one command if it alone has more. */
    private static final long BYTES_MAX = 64L << 20;

    private final Runnable onSwitch;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Command> commands = new ArrayDeque<>(); // this and what follows: guarded by lock
    private long bytes;
    private long count;
    private long droppedCount;
    private int max = COMMANDS_MAX_DEFAULT;
    private volatile boolean on; // written under lock
    private boolean hasStarted;
    private boolean isServerClosed;

    /** Creates a recording that is off, for whoever asks no more of it than to be told of commands. */
    public Recording() {
        this(() -> {});
    }

    /**
     * Creates a recording that is off, for a server; {@code EmbeddedMemcached.recording()} has it already.
     *
     * @param onSwitch called when {@link #isOn} has changed
     */
    public Recording(Runnable onSwitch) {
        this.onSwitch = onSwitch;
    }

    // ---- on and off

    /** Records from now on, and keeps the last {@value #COMMANDS_MAX_DEFAULT} commands. What is there already stays. */
    public void start() {
        start(COMMANDS_MAX_DEFAULT);
    }

    /**
     * Records from now on. What is there already stays, as far as it fits.
     *
     * @param max how many commands are kept, 1 or more
     * @throws IllegalStateException if the server has been closed
     */
    public void start(int max) {
        if (max < 1) {
            throw new IllegalArgumentException("at least 1 command must be kept, not " + max + ": stop() records none");
        }
        lock.lock();
        try {
            if (isServerClosed) {
                throw new IllegalStateException("the server has been closed, there is nothing to record any more");
            }
            this.max = max;
            dropOldest();
            on = true;
            hasStarted = true;
        } finally {
            lock.unlock();
        }
        onSwitch.run();
    }

    /** Records no more. What is there already stays. A thread that waits in {@link #takeRequest} fails. */
    public void stop() {
        lock.lock();
        try {
            on = false;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
        onSwitch.run();
    }

    /**
     * Tells whether commands are recorded.
     *
     * @return true from {@link #start} to {@link #stop}
     */
    public boolean isOn() {
        return on;
    }

    /** Ends the recording for good. To be called by the server when it is closed; what was recorded can still be read. */
    public void serverClosed() {
        lock.lock();
        try {
            isServerClosed = true;
            on = false;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Why no command is going to arrive. */
    private IllegalStateException off() {
        return new IllegalStateException(
                isServerClosed
                        ? "the server has been closed, no command will arrive any more"
                        : "the recording is off, so no command will arrive: call recording().start(), or recordCommands(n) of "
                                + "the builder, or declare @StartMemcached(recordCommands = n)");
    }

    /** Forgets all commands, and that there ever were any. */
    public void clear() {
        lock.lock();
        try {
            commands.clear();
            bytes = 0;
            count = 0;
            droppedCount = 0;
        } finally {
            lock.unlock();
        }
    }

    // ---- what was recorded

    /**
     * Returns the commands that were recorded, and neither taken nor dropped since.
     *
     * @return a copy, the oldest first
     * @throws IllegalStateException if the recording has never been started
     */
    public List<Command> requests() {
        return requests(command -> true);
    }

    /**
     * Returns those of the {@link #requests()} that match.
     *
     * @param which for example {@code command("get").key("k")}, see {@link CommandMatcher}
     * @return a copy, the oldest first
     * @throws IllegalStateException if the recording has never been started
     */
    public List<Command> requests(Predicate<? super Command> which) {
        Objects.requireNonNull(which, "which");
        List<Command> all;
        lock.lock();
        try {
            if (!hasStarted) {
                throw off();
            }
            all = List.copyOf(commands);
        } finally {
            lock.unlock();
        }
        return all.stream().filter(which).toList();
    }

    /**
     * Removes and returns the oldest command, after waiting for one if there is none.
     *
     * @param timeout how long to wait at most, in real time
     * @return null if none arrived in time
     * @throws IllegalStateException if there is none and the recording is off, or is switched off meanwhile
     * @throws InterruptedException if the thread was interrupted meanwhile
     */
    public @Nullable Command takeRequest(Duration timeout) throws InterruptedException {
        return takeRequest(command -> true, timeout);
    }

    /**
     * Removes and returns the oldest command that matches, after waiting for one if there is none. Others stay.
     *
     * @param which for example {@code command("get").key("k")}, see {@link CommandMatcher}; must be quick, as commands wait for it
     * @param timeout how long to wait at most, in real time
     * @return null if none arrived in time
     * @throws IllegalStateException if there is none and the recording is off, or is switched off meanwhile
     * @throws InterruptedException if the thread was interrupted meanwhile
     */
    public @Nullable Command takeRequest(Predicate<? super Command> which, Duration timeout)
            throws InterruptedException {
        Objects.requireNonNull(which, "which");
        long left = TimeUnit.NANOSECONDS.convert(timeout); // what is too long for that is for ever
        lock.lockInterruptibly();
        try {
            while (true) {
                Command taken = take(which);
                if (taken != null) {
                    return taken;
                }
                if (!on) {
                    throw off();
                }
                if (left <= 0) {
                    return null;
                }
                left = arrived.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Command take(Predicate<? super Command> which) {
        for (Iterator<Command> iterator = commands.iterator(); iterator.hasNext(); ) {
            Command command = iterator.next();
            if (which.test(command)) {
                iterator.remove();
                bytes -= bytesOf(command);
                return command;
            }
        }
        return null;
    }

    /**
     * Returns how many commands were recorded, taken and dropped ones included.
     *
     * @return the number since the beginning, or the last {@link #clear}
     */
    public long count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns how many commands were dropped because there were too many, or too large ones.
     *
     * @return the number since the beginning, or the last {@link #clear}
     */
    public long droppedCount() {
        lock.lock();
        try {
            return droppedCount;
        } finally {
            lock.unlock();
        }
    }

    // ---- for the server

    @Override
    public Verdict onCommand(Command command) {
        if (on) {
            record(command);
        }
        return Verdict.PROCEED;
    }

    private void record(Command command) {
        lock.lock();
        try {
            if (on) {
                commands.add(command);
                bytes += bytesOf(command);
                count++;
                dropOldest();
                arrived.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void dropOldest() {
        while (commands.size() > max || (bytes > BYTES_MAX && commands.size() > 1)) {
            bytes -= bytesOf(commands.remove());
            droppedCount++;
        }
    }

    private static long bytesOf(Command command) {
        byte[] value = command.value();
        long sum = command.line().length() + (value == null ? 0 : value.length);
        for (String key : command.keys()) {
            sum += key.length();
        }
        return sum;
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return "Recording[" + (on ? "on" : "off") + ", " + count + " recorded, " + commands.size() + " there, "
                    + droppedCount + " dropped]";
        } finally {
            lock.unlock();
        }
    }
}
