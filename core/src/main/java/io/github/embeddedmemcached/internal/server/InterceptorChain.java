package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.session.InterceptorHolder;
import io.github.embeddedmemcached.protocol.Command;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Combines the interceptors of a server into one. The server context has no interceptor while none of them is active, so that commands
 * have no overhead. Each interceptor is called with every command, and their results are merged; of two replies the first is sent.
 */
public final class InterceptorChain implements Interceptor {
    private final List<Interceptor> interceptors = new ArrayList<>(); // complete before the server starts

    private @Nullable InterceptorHolder holder; // guarded by this

    /** Adds an interceptor. Must be called before the server starts. */
    public void add(Interceptor interceptor) {
        interceptors.add(interceptor);
    }

    /** Attaches the chain to the holder of a server, in place of the previous one. */
    synchronized void attach(InterceptorHolder next) {
        holder = next;
        update();
    }

    /** Must be called when an interceptor becomes active or inactive; thread-safe. */
    public synchronized void update() {
        if (holder != null) {
            boolean anyActive = false;
            for (Interceptor interceptor : interceptors) {
                anyActive |= interceptor.isActive();
            }
            holder.set(anyActive ? this : null);
        }
    }

    @Override
    public InterceptResult onCommand(Command command) {
        InterceptResult merged = InterceptResult.PROCEED;
        for (Interceptor interceptor : interceptors) {
            merged = merge(merged, interceptor.onCommand(command));
        }
        return merged;
    }

    @Override
    public InterceptResult onConnect(int connection) {
        InterceptResult merged = InterceptResult.PROCEED;
        for (Interceptor interceptor : interceptors) {
            merged = merge(merged, interceptor.onConnect(connection));
        }
        return merged;
    }

    /** Merges two results: the fault of one may apply to the reply of the other. */
    private static InterceptResult merge(InterceptResult before, InterceptResult next) {
        if (before == InterceptResult.PROCEED) {
            return next;
        }
        return new InterceptResult(
                before.evictsItems() || next.evictsItems(),
                before.reply() != null ? before.reply() : next.reply(),
                before.fault() != null ? before.fault() : next.fault());
    }
}
