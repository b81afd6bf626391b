package io.github.embeddedmemcached;

import io.github.embeddedmemcached.protocol.Command;
import io.github.embeddedmemcached.protocol.Interceptor;
import io.github.embeddedmemcached.protocol.ServerState;
import io.github.embeddedmemcached.protocol.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All that want to see a server's commands, as the one interceptor that its state has; it has none while nobody wants anything, and
 * commands cost nothing then. Each sees every command, and what they decide is put together; of two answers the first is given.
 */
final class Interceptors implements Interceptor {
    private record Entry(Interceptor interceptor, BooleanSupplier wants) {}

    private final List<Entry> entries = new ArrayList<>(); // complete before there is a state

    private @Nullable ServerState state; // guarded by this

    /** Adds one; to be called before there is a state. */
    void add(Interceptor interceptor, BooleanSupplier wants) {
        entries.add(new Entry(interceptor, wants));
    }

    /** Takes another server's commands from now on. */
    synchronized void attach(ServerState next) {
        state = next;
        update();
    }

    /** To be called when one begins to want something, or ceases to; by any thread. */
    synchronized void update() {
        if (state != null) {
            boolean wanted = false;
            for (Entry entry : entries) {
                wanted |= entry.wants.getAsBoolean();
            }
            state.interceptor(wanted ? this : null);
        }
    }

    @Override
    public Verdict onCommand(Command command) {
        Verdict decided = Verdict.PROCEED;
        for (Entry entry : entries) {
            decided = decided(decided, entry.interceptor.onCommand(command));
        }
        return decided;
    }

    @Override
    public Verdict onConnect(int connection) {
        Verdict decided = Verdict.PROCEED;
        for (Entry entry : entries) {
            decided = decided(decided, entry.interceptor.onConnect(connection));
        }
        return decided;
    }

    /** A fault may disturb what another one answers. */
    private static Verdict decided(Verdict before, Verdict next) {
        if (before == Verdict.PROCEED) {
            return next;
        }
        return new Verdict(
                before.losesItems() || next.losesItems(),
                before.answer() != null ? before.answer() : next.answer(),
                before.disturbance() != null ? before.disturbance() : next.disturbance());
    }
}
