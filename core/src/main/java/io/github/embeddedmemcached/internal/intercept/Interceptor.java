package io.github.embeddedmemcached.internal.intercept;

import io.github.embeddedmemcached.protocol.Command;

/**
 * Receives every command of a server before it is executed, and may replace its execution: records commands and injects faults. A server
 * without an interceptor has no overhead. Implementations must be thread-safe: the sessions of several threads call it concurrently.
 */
@FunctionalInterface
public interface Interceptor {
    /**
     * Called with each command when it has arrived completely, in the order of the connection.
     *
     * @param command the command, possibly malformed, see {@link Command#malformed}
     * @return the decision; {@link InterceptResult#PROCEED} for normal execution
     */
    InterceptResult onCommand(Command command);

    /** Returns whether the interceptor needs to be called: it may return false while it would not do anything. */
    default boolean isActive() {
        return true;
    }

    /**
     * Called when a client has connected, before anything is read from it.
     *
     * @param connection the connection's number, as in its commands
     * @return {@link InterceptResult#PROCEED}, or a result whose fault applies to the connection as a whole: all bytes that are ever sent
     *     count as one reply, a delay precedes the first read, and a fault after 0 bytes takes effect at once
     */
    default InterceptResult onConnect(int connection) {
        return InterceptResult.PROCEED;
    }
}
