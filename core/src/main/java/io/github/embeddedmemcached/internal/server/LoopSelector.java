package io.github.embeddedmemcached.internal.server;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Iterator;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The selector of an event loop. It is replaced by a new one when it may be damaged: an Error from any of its methods, for lack of
 * memory for example, can leave the JDK's tables without a channel that the system reports, or with one that has been closed. Such a
 * selector always returns at once, and connections are not processed and keep their descriptors. A selector that returns at once for
 * another reason, or that fails repeatedly, is replaced too. Used by the loop's thread, except {@link #wakeup} and {@link #damaged}.
 */
final class LoopSelector {
    /** Consecutive failures after which the selector is replaced. */
    private static final int FAILURES_MAX = 8;

    /** The maximum number of consecutive selects that return early without a ready channel. */
    private static final int EARLY_RETURNS_MAX = 64;

    /** Memory in bytes that is reserved while a selector is replaced, and released to close the unused one. */
    private static final int RESERVE_LENGTH = 256 * 1024;

    private static final byte[] NO_BYTES = {};

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final SocketServer server;
    private volatile Selector selector;
    private byte[] reserve = NO_BYTES;
    private volatile boolean wokenUp;
    private boolean anyReady; // since the last select began
    private int earlyReturns; // consecutive
    private int failures; // consecutive
    private volatile boolean isDamaged; // must be replaced

    LoopSelector(SocketServer server) throws IOException {
        this.server = server;
        selector = Selector.open();
    }

    /** Makes the current or the next {@link #select} return at once. Called by any thread. */
    void wakeup() {
        wokenUp = true;
        selector.wakeup();
    }

    SelectionKey register(AbstractSelectableChannel channel, int operations, @Nullable Selectable attachment)
            throws IOException {
        try {
            return channel.register(selector, operations, attachment);
        } catch (Error e) {
            isDamaged = true;
            throw e;
        }
    }

    Set<SelectionKey> keys() {
        return selector.keys();
    }

    /**
     * Blocks until channels are ready.
     *
     * @param timeoutMillis the maximum time; 0 for no limit, negative to return at once
     */
    void select(Consumer<SelectionKey> onReady, long timeoutMillis) throws IOException {
        if (isDamaged) {
            tryToReplace();
        }
        server.reach(FailurePoint.SELECT);
        try {
            if (timeoutMillis < 0 || isDamaged) { // a replacement that failed for lack of memory is retried soon
                selector.selectNow(onReady);
            } else {
                await(onReady, timeoutMillis);
            }
        } catch (Error e) {
            isDamaged = true;
            throw e;
        }
        failures = 0;
    }

    private void await(Consumer<SelectionKey> onReady, long timeoutMillis) throws IOException {
        anyReady = false;
        long beginNanos = timeoutMillis == 0 ? 0 : System.nanoTime();
        selector.select(onReady, timeoutMillis);
        boolean isOver = timeoutMillis > 0 && System.nanoTime() - beginNanos >= timeoutMillis * NANOS_PER_MILLI;
        if (anyReady || wokenUp || isOver) {
            earlyReturns = 0;
            wokenUp = false;
        } else if (++earlyReturns >= EARLY_RETURNS_MAX) {
            earlyReturns = 0;
            isDamaged = true;
        }
    }

    /** Records that a channel was ready, unless it has been closed. */
    void recordReady(Selectable selectable) {
        anyReady |= selectable.operations() != 0;
    }

    /** Releases closed channels: until then the system may keep their sockets open, and even listening. */
    void releaseClosed() throws IOException {
        selector.selectNow(ready -> {}); // a channel that is ready now will still be ready in the next turn
    }

    /** Sets the operations to wait for. Returns false if there is no memory: the selector that replaces this one sets them. */
    boolean interest(SelectionKey key, int operations) {
        try {
            server.reach(FailurePoint.INTEREST);
            key.interestOps(operations);
            return true;
        } catch (OutOfMemoryError e) {
            isDamaged = true;
            return false;
        }
    }

    /** Records a failed turn. Repeated failures other than VirtualMachineErrors cause the selector to be replaced. */
    void failed(Throwable failure) {
        if (!(failure instanceof VirtualMachineError) && ++failures >= FAILURES_MAX) {
            failures = 0;
            isDamaged = true;
        }
    }

    /** Marks the selector as damaged after a channel could not be closed: it is replaced before its next use. */
    void damaged() {
        isDamaged = true;
    }

    boolean isDamaged() {
        return isDamaged;
    }

    private void tryToReplace() throws IOException {
        try {
            replace();
        } catch (OutOfMemoryError e) {
            server.countFailure(); // this selector is used until there is memory for another
        } finally {
            reserve = NO_BYTES;
        }
    }

    /** Either replaces the selector, or fails and changes nothing. */
    private void replace() throws IOException {
        server.reach(FailurePoint.REPLACE);
        reserve = new byte[RESERVE_LENGTH];
        Selector damaged = selector;
        Selector replacement = Selector.open();
        try {
            for (SelectionKey key : damaged.keys()) {
                if (key.isValid() && key.channel().isOpen() && key.attachment() instanceof Selectable selectable) {
                    key.channel().register(replacement, selectable.operations(), selectable);
                }
            }
            Iterator<SelectionKey> keys = replacement.keys().iterator();
            while (keys.hasNext()) { // allocates nothing from here
                SelectionKey key = keys.next();
                ((Selectable) key.attachment()).selectedBy(key);
            }
        } catch (Throwable e) {
            closeWithReserve(replacement);
            throw e;
        }
        isDamaged = false;
        selector = replacement;
        replacement.wakeup(); // a call since the replacement began may have woken the old selector
        closeWithReserve(damaged); // last: a failure must not lose the wake-up
    }

    /** Closes a selector, with the reserved memory: after a failure it could not be closed again, and its channels would never be released. */
    private void closeWithReserve(Selector unused) throws IOException {
        reserve = NO_BYTES;
        unused.close();
    }

    /** Closes the selector. Its channels should have been closed before. */
    void close() throws IOException {
        reserve = new byte[RESERVE_LENGTH];
        // releases the closed channels, which a closed selector would keep in its tables
        selector.selectNow();
        closeWithReserve(selector);
    }
}
