/**
 * The listener: sockets and threads. It moves bytes between connections and their protocol sessions, applies limits and
 * back-pressure, and closes; it knows no command.
 *
 * <p>A {@link io.github.embeddedmemcached.server.SocketServer} has one {@link
 * io.github.embeddedmemcached.server.EventLoop} per thread. The first loop also watches the {@link
 * io.github.embeddedmemcached.server.Listener}s, one per listening socket, which deal new connections out to the loops in
 * turn; the last also serves the {@link io.github.embeddedmemcached.server.DatagramListener}s. A {@link
 * io.github.embeddedmemcached.server.Connection} stays with its loop for life, and so needs no lock. Where TLS is spoken,
 * a {@link io.github.embeddedmemcached.server.TlsChannel} stands between it and its socket, and nothing else is different. While
 * its answers are to be disturbed, which only tests want, a {@link io.github.embeddedmemcached.server.DisturbedOutput} stands before
 * that, and the loop's {@link io.github.embeddedmemcached.server.Alarms} tell it when to go on:
 *
 * <table>
 *   <caption>Who touches what</caption>
 *   <tr><th>state</th><th>written by</th><th>read by</th><th>under</th></tr>
 *   <tr><td>everything in Connection, ConnectionQueue, DisturbedOutput, Alarms, Backoff, HeldMemory, Inbox, LoopBuffers, Outbox, PausedListeners, TlsChannel, Listener, DatagramListener</td><td>its loop's thread</td><td>its loop's thread</td><td>-</td></tr>
 *   <tr><td>EventLoop.waiting, alarms</td><td>the loop's thread</td><td>the loop's thread</td><td>-</td></tr>
 *   <tr><td>Errands, WakeUps</td><td>any thread</td><td>the loop's thread</td><td>itself</td></tr>
 *   <tr><td>LoopSelector.selector</td><td>the loop's thread</td><td>any</td><td>volatile</td></tr>
 *   <tr><td>EventLoop.stopping</td><td>whoever closes the server</td><td>the loop's thread</td><td>volatile</td></tr>
 *   <tr><td>ConnectionMemory.Account</td><td>the loop's thread</td><td>any</td><td>volatile</td></tr>
 *   <tr><td>SocketServer.openConnections, failures</td><td>the loops' threads</td><td>any</td><td>atomic</td></tr>
 * </table>
 *
 * <p>Failures: whatever a turn of an event loop throws, the loop takes the next turn. Changes of state that follow a failure allocate
 * nothing: the queues are linked through the connections, buffers are emptied and not replaced, and a selector
 * that an Error may have damaged is replaced. Where nothing was consumed before an OutOfMemoryError, the connection tries again in the next turn; where
 * something was, the connection is closed. A loop without memory waits between its turns, see {@link
 * io.github.embeddedmemcached.server.Backoff}. Connections hold no more memory together than {@link
 * io.github.embeddedmemcached.protocol.ConnectionMemory} allows.
 */
@NullMarked
package io.github.embeddedmemcached.server;

import org.jspecify.annotations.NullMarked;
