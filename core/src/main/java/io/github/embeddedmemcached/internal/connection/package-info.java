/**
 * The connections of a server as seen by its statistics and limits, independent of sockets and protocols.
 *
 * <p>{@code ConnectionList} lists the sockets for {@code stats conns}; {@code ConnectionMemory} limits the memory of all connections, by
 * {@code BufferLimits}; {@code ServerCounters} counts connections and bytes. {@code SessionTransport} is a session's view of its
 * connection, {@code CloseReason} the reason why it is closed, and {@code CurrentSession} the session that a codec is used for.
 *
 * <p>{@code ConnectionList}, {@code ServerCounters} and {@code ConnectionMemory} are thread-safe without locks; a {@code
 * ConnectionMemory.Account} is written by one thread, and its sums are volatile. A {@code CurrentSession} is used by one thread.
 *
 * <p>To add a counter: a field and its methods in {@code ServerCounters}, and its line in {@code internal.stats}. To add a column of
 * {@code stats conns}: {@code ConnectionList.Client}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.connection;

import org.jspecify.annotations.NullMarked;
