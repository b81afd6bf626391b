package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Passes the commands of one session to the {@link Interceptor} of the server, and stores the {@link ResponseFault} of a reply until it is
 * reported to the host of the session.
 */
public final class CommandInterception {
    private final InterceptorHolder interceptors;
    private final ServerTime time;
    private final CacheEngine cache;
    private final CurrentSession session;

    private @Nullable ResponseFault fault; // of the last reply that had one
    private int faultOffset;
    private boolean isUnreported; // the host has not been informed of the fault
    private boolean isUnfinished; // a part of the reply with the fault has not been written

    public CommandInterception(
            InterceptorHolder interceptors, ServerTime time, CacheEngine cache, CurrentSession session) {
        this.interceptors = interceptors;
        this.time = time;
        this.cache = cache;
        this.session = session;
    }

    /**
     * Passes a command to the interceptor before it is executed, and evicts its items if the result requires it. The reply begins
     * at the end of the output.
     *
     * @return the reply that replaces the execution of the command, or null
     */
    public InterceptResult.@Nullable Reply intercept(CommandBuilder command, ReplyBuffer output) {
        Interceptor interceptor = interceptors.get();
        if (interceptor == null) {
            return null; // it was removed after the command had been read
        }
        InterceptResult result =
                interceptor.onCommand(command.complete(session.number(), Instant.ofEpochMilli(time.unixMillis())));
        if (result.evictsItems()) {
            command.evictKeys(cache);
        }
        if (result.fault() != null) {
            fault = result.fault();
            faultOffset = output.size();
            isUnreported = true;
        }
        return result.reply();
    }

    /** Returns whether the current reply has a fault. The turn ends with such a reply. */
    public boolean hasFault() {
        return isUnreported || isUnfinished;
    }

    /**
     * Ends a turn whose reply {@linkplain #hasFault has a fault}.
     *
     * @param isUnfinished whether the reply continues in the next turn
     * @return the progress to report to the host
     */
    public SessionProgress endTurn(SessionProgress progress, boolean isUnfinished) {
        boolean hasNewFault = isUnreported;
        isUnreported = false;
        this.isUnfinished = isUnfinished;
        return hasNewFault ? SessionProgress.RESPONSE_FAULT : progress;
    }

    public @Nullable ResponseFault fault() {
        return fault;
    }

    public int faultOffset() {
        return faultOffset;
    }
}
