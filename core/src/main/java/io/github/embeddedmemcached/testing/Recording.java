package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.testing.RecordingControl;
import io.github.embeddedmemcached.protocol.Command;
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
 * Records the commands that a server receives, over all its connections and in the order of arrival, including malformed input.
 * Obtained from {@code EmbeddedMemcached.recording()}.
 *
 * <pre>{@code
 * memcached.recording().start();
 * client.set("k", 60, "v");
 * Command set = memcached.recording().takeCommand(Duration.ofSeconds(5));
 * assertEquals(60, set.exptimeSeconds());
 * assertEquals(1, memcached.recording().commands(command("get").key("k")).size());
 * }</pre>
 *
 * <p>A recording is off until it is started, and costs nothing while it is off. Reading commands before the first start throws an
 * IllegalStateException. {@code @StartMemcached} and {@code MemcachedExtension} start it. A command is recorded before it is executed,
 * and therefore before the client receives the reply.
 *
 * <p>The recording is bounded by a number of commands, and by 64 MiB of keys, values and lines; when a bound is
 * exceeded, the oldest commands are dropped and counted. The recording lasts as long as the server, even while the server is stopped or
 * restarted.
 *
 * <p>Thread-safe.
 */
public final class Recording {
    static {
        FixtureFactory.register();
    }

    /** The default limit of recorded commands. */
    public static final int COMMANDS_MAX_DEFAULT = 10_000;

    /** The limit of recorded bytes of keys, values and lines. A single command that exceeds it is kept. */
    private static final long BYTES_MAX = 64L << 20;

    private final Runnable onSwitch;
    final Control control = new Control();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<Command> commands = new ArrayDeque<>(); // guarded by lock
    private long bytes; // guarded by lock
    private long count; // guarded by lock
    private long droppedCount; // guarded by lock
    private int max = COMMANDS_MAX_DEFAULT; // guarded by lock
    private volatile boolean on; // written under lock
    private boolean hasStarted; // guarded by lock
    private boolean isServerClosed; // guarded by lock

    /**
     * Creates a recording that is off.
     *
     * @param onSwitch called after the recording has been started or stopped
     */
    Recording(Runnable onSwitch) {
        this.onSwitch = onSwitch;
    }

    // ---- starting and stopping

    /**
     * Starts recording, with a limit of {@value #COMMANDS_MAX_DEFAULT} commands. Commands recorded earlier are kept within the limit.
     *
     * @throws IllegalStateException if the server has been closed
     */
    public void start() {
        start(COMMANDS_MAX_DEFAULT);
    }

    /**
     * Starts recording, or changes the limit if already recording. Commands recorded earlier are kept within the limit.
     *
     * @param max the maximum number of commands to keep, 1 or more; when it is exceeded, the oldest are dropped
     * @throws IllegalArgumentException if the limit is less than 1
     * @throws IllegalStateException if the server has been closed
     */
    public void start(int max) {
        if (max < 1) {
            throw new IllegalArgumentException(
                    "the number of recorded commands must be at least 1, use stop() to record none: " + max);
        }
        lock.lock();
        try {
            if (isServerClosed) {
                throw new IllegalStateException("the recording cannot be started, because the server has been closed");
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

    /**
     * Stops recording. Commands recorded earlier are kept. {@link #takeCommand} calls that are waiting throw an IllegalStateException.
     */
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
     * Returns whether commands are being recorded.
     *
     * @return true after {@link #start} until {@link #stop} or until the server is closed
     */
    public boolean isOn() {
        return on;
    }

    private void serverClosed() {
        lock.lock();
        try {
            isServerClosed = true;
            on = false;
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the exception for a call that needs the recording to be on. */
    private IllegalStateException notRecording() {
        return new IllegalStateException(
                isServerClosed
                        ? "the server has been closed, so no further command can arrive"
                        : "the recording is off, so no command can arrive: call recording().start() or the builder's "
                                + "recordCommands(n), or declare @StartMemcached(recordCommands = n)");
    }

    /** Removes all recorded commands, and sets {@link #count} and {@link #droppedCount} to 0. Does not start or stop recording. */
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

    // ---- recorded commands

    /**
     * Returns the recorded commands that have been neither taken nor dropped. Does not remove them.
     *
     * @return a copy, oldest first
     * @throws IllegalStateException if the recording has never been started
     */
    public List<Command> commands() {
        return commands(command -> true);
    }

    /**
     * Returns the {@link #commands()} that match a condition.
     *
     * @param condition for example {@code command("get").key("k")}, see {@link CommandMatcher}
     * @return a copy, oldest first
     * @throws IllegalStateException if the recording has never been started
     */
    public List<Command> commands(Predicate<? super Command> condition) {
        Objects.requireNonNull(condition, "condition");
        List<Command> all;
        lock.lock();
        try {
            if (!hasStarted) {
                throw notRecording();
            }
            all = List.copyOf(commands);
        } finally {
            lock.unlock();
        }
        return all.stream().filter(condition).toList();
    }

    /**
     * Removes and returns the oldest command. If there is none, blocks until one arrives.
     *
     * @param timeout the maximum time to wait, in real time; zero or negative to return at once
     * @return the command; null if none arrived in time
     * @throws IllegalStateException if there is none and the recording is off, or is stopped while this method waits
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public @Nullable Command takeCommand(Duration timeout) throws InterruptedException {
        return takeCommand(command -> true, timeout);
    }

    /**
     * Removes and returns the oldest command that matches a condition. If there is none, blocks until one arrives. Other commands remain.
     *
     * @param condition for example {@code command("get").key("k")}, see {@link CommandMatcher}; must return quickly, because recording
     *     waits for it
     * @param timeout the maximum time to wait, in real time; zero or negative to return at once
     * @return the command; null if none arrived in time
     * @throws IllegalStateException if there is none and the recording is off, or is stopped while this method waits
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public @Nullable Command takeCommand(Predicate<? super Command> condition, Duration timeout)
            throws InterruptedException {
        Objects.requireNonNull(condition, "condition");
        long remainingNanos = TimeUnit.NANOSECONDS.convert(timeout); // saturates at Long.MAX_VALUE, 292 years
        lock.lockInterruptibly();
        try {
            while (true) {
                Command taken = take(condition);
                if (taken != null) {
                    return taken;
                }
                if (!on) {
                    throw notRecording();
                }
                if (remainingNanos <= 0) {
                    return null;
                }
                remainingNanos = arrived.awaitNanos(remainingNanos);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Command take(Predicate<? super Command> condition) {
        for (Iterator<Command> iterator = commands.iterator(); iterator.hasNext(); ) {
            Command command = iterator.next();
            if (condition.test(command)) {
                iterator.remove();
                bytes -= bytesOf(command);
                return command;
            }
        }
        return null;
    }

    /**
     * Returns how many commands have been recorded, including those that were taken or dropped.
     *
     * @return the number since the server was started or since the last {@link #clear}
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
     * Returns how many commands have been dropped because a limit was exceeded.
     *
     * @return the number since the server was started or since the last {@link #clear}
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

    final class Control implements RecordingControl, Interceptor {
        @Override
        public Interceptor interceptor() {
            return this;
        }

        @Override
        public boolean isActive() {
            return on;
        }

        @Override
        public InterceptResult onCommand(Command command) {
            if (on) {
                record(command);
            }
            return InterceptResult.PROCEED;
        }

        @Override
        public void serverClosed() {
            Recording.this.serverClosed();
        }
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

    /** Describes the state: {@code Recording[on, 5 recorded, 3 available, 0 dropped]}. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "Recording[" + (on ? "on" : "off") + ", " + count + " recorded, " + commands.size() + " available, "
                    + droppedCount + " dropped]";
        } finally {
            lock.unlock();
        }
    }
}
