package io.github.embeddedmemcached.protocol;

/**
 * Sees every command of a server before it is executed, and may decide that something else is to happen: the way in for what
 * records commands and what makes faults. A server without one pays nothing for it. Thread-safe: the sessions of several threads
 * call it at the same time.
 */
@FunctionalInterface
public interface Interceptor {
    /**
     * Called with each command when it has arrived completely, in the order of the connection.
     *
     * @param command what the client wants; also what isn't a command, see {@link Command#isMalformed}
     * @return what is to happen; {@link Verdict#PROCEED} for what always happens
     */
    Verdict onCommand(Command command);

    /**
     * Called when a client has connected, before anything is read from it.
     *
     * @param connection the connection's number, which its commands will show
     * @return {@link Verdict#PROCEED}, or a verdict whose disturbance befalls the connection as a whole: what is said there of an
     *     answer holds for all that it is ever sent, a delay comes before anything is read, and what is to happen after 0 bytes
     *     happens at once
     */
    default Verdict onConnect(int connection) {
        return Verdict.PROCEED;
    }
}
