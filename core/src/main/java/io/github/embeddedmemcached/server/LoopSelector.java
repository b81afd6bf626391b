package io.github.embeddedmemcached.server;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The selector of an event loop, which survives failures: what it had no memory to take note of is repeated, and one that keeps failing
 * is replaced by a new one. Used by the loop's thread, apart from {@link #wakeup}.
 */
final class LoopSelector {
    /** After so many failures in a row the selector is replaced. */
    private static final int FAILURES_MAX = 8;

    private final SocketServer server;
    private volatile Selector selector;
    private int failures; // in a row
    private boolean interestFailed; // the selector waits for something else than it should

    LoopSelector(SocketServer server) throws IOException {
        this.server = server;
        selector = Selector.open();
    }

    /** Makes the current or the next {@link #select} return at once. Called by any thread. */
    void wakeup() {
        selector.wakeup();
    }

    SelectionKey register(AbstractSelectableChannel channel, int operations, @Nullable Selectable attachment)
            throws IOException {
        return channel.register(selector, operations, attachment);
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
        if (interestFailed) {
            repeatInterests();
        }
        server.reach(FailurePoint.SELECT);
        if (timeoutMillis < 0) {
            selector.selectNow(onReady);
        } else {
            selector.select(onReady, timeoutMillis);
        }
        failures = 0;
    }

    /** Lets the system have the sockets back that were closed: until then they may be there still, and even listen. */
    void forgetClosed() throws IOException {
        selector.selectNow(ready -> {}); // a channel that is ready now still is at the next turn
    }

    /** Has the selector wait for other operations of a channel; false: it will do so a little later, for lack of memory. */
    boolean interest(SelectionKey key, int operations) {
        try {
            server.reach(FailurePoint.INTEREST);
            key.interestOps(operations);
            return true;
        } catch (OutOfMemoryError e) {
            interestFailed = true;
            return false;
        }
    }

    private void repeatInterests() {
        for (SelectionKey key : selector.keys()) {
            if (key.isValid() && key.attachment() instanceof Selectable selectable) {
                int operations = selectable.operations();
                key.interestOps(operations == 0 ? key.channel().validOps() : 0); // setting the same again does nothing
                key.interestOps(operations);
            }
        }
        interestFailed = false;
    }

    /** Takes note of a turn that failed, and replaces the selector if it keeps failing, but not for lack of memory. */
    void failed(Throwable failure) {
        if (failure instanceof VirtualMachineError || ++failures < FAILURES_MAX) {
            return;
        }
        failures = 0;
        try {
            replace();
        } catch (Throwable e) {
            server.countFailure();
        }
    }

    private void replace() throws IOException {
        Selector failing = selector;
        Selector replacement = Selector.open();
        selector = replacement;
        try (failing) {
            for (SelectionKey key : failing.keys()) {
                if (key.isValid() && key.attachment() instanceof Selectable selectable) {
                    selectable.selectedBy(key.channel().register(replacement, selectable.operations(), selectable));
                }
            }
        }
    }

    /** Closes the selector. Its channels should have been closed before. */
    void close() throws IOException {
        // forgets the closed channels; a closed selector would go on holding them in its tables
        selector.selectNow();
        selector.close();
    }
}
