package io.github.embeddedmemcached.server;

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
 * selector returns at once for ever, and connections are not served and keep their descriptors. One that does so for another reason, or
 * that keeps failing, is replaced too. Used by the loop's thread, apart from {@link #wakeup} and {@link #damaged}.
 */
final class LoopSelector {
    /** After so many failures in a row the selector is replaced. */
    private static final int FAILURES_MAX = 8;

    /** So often in a row a selector may return too early for no reason. */
    private static final int FRUITLESS_SELECTS_MAX = 64;

    /** So much memory is set aside while a selector is replaced, and released for the closing of the one that is not used. */
    private static final int RESERVE_LENGTH = 256 * 1024;

    private static final byte[] NO_BYTES = {};

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final SocketServer server;
    private volatile Selector selector;
    private byte[] reserve = NO_BYTES;
    private volatile boolean wokenUp;
    private boolean anyServed; // since the selector began to wait
    private int fruitlessSelects; // in a row
    private int failures; // in a row
    private volatile boolean isDamaged; // it is to be replaced

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
     * Waits until channels are ready.
     *
     * @param timeoutMillis how long; 0 is for ever, less is not at all
     */
    void select(Consumer<SelectionKey> onReady, long timeoutMillis) throws IOException {
        if (isDamaged) {
            tryToReplace();
        }
        server.reach(FailurePoint.SELECT);
        try {
            if (timeoutMillis < 0 || isDamaged) { // a replacement that had no memory is tried again in a moment
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
        anyServed = false;
        long beginNanos = timeoutMillis == 0 ? 0 : System.nanoTime();
        selector.select(onReady, timeoutMillis);
        boolean isOver = timeoutMillis > 0 && System.nanoTime() - beginNanos >= timeoutMillis * NANOS_PER_MILLI;
        if (anyServed || wokenUp || isOver) {
            fruitlessSelects = 0;
            wokenUp = false;
        } else if (++fruitlessSelects >= FRUITLESS_SELECTS_MAX) {
            fruitlessSelects = 0;
            isDamaged = true;
        }
    }

    /** Takes note of a channel that was ready and is served, unless it has been closed. */
    void served(Selectable selectable) {
        anyServed |= selectable.operations() != 0;
    }

    /** Lets the system have the sockets back that were closed: until then they may be there still, and even listen. */
    void forgetClosed() throws IOException {
        selector.selectNow(ready -> {}); // a channel that is ready now still is at the next turn
    }

    /** Has the selector wait for other operations of a channel; false: the one that replaces it will, there is no memory now. */
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

    /** Takes note of a turn that failed, and has the selector replaced if it keeps failing, but not for lack of memory. */
    void failed(Throwable failure) {
        if (!(failure instanceof VirtualMachineError) && ++failures >= FAILURES_MAX) {
            failures = 0;
            isDamaged = true;
        }
    }

    /** Has the selector replaced before it is used again, after one of its channels could not be closed. */
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
            server.countFailure(); // this one is used until there is memory for another
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
            while (keys.hasNext()) { // allocates nothing from here on
                SelectionKey key = keys.next();
                ((Selectable) key.attachment()).selectedBy(key);
            }
        } catch (Throwable e) {
            closeWithReserve(replacement);
            throw e;
        }
        isDamaged = false;
        selector = replacement;
        replacement.wakeup(); // a call since the replacement began may have woken up the other one
        closeWithReserve(damaged); // last: a failure must not cost the wake-up
    }

    /** Closes a selector. It cannot be closed again after a failure, and the system would not get its closed channels back. */
    private void closeWithReserve(Selector unused) throws IOException {
        reserve = NO_BYTES;
        unused.close();
    }

    /** Closes the selector. Its channels should have been closed before. */
    void close() throws IOException {
        reserve = new byte[RESERVE_LENGTH];
        // forgets the closed channels; a closed selector would go on holding them in its tables
        selector.selectNow();
        closeWithReserve(selector);
    }
}
