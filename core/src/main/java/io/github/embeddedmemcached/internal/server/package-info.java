/**
 * Sockets and threads of a server: moves bytes between connections and their protocol sessions, enforces limits and back-pressure, and
 * closes connections. It does not depend on the commands.
 *
 * <p>{@code MemcachedServer} combines a cache, the state that its sessions share, and a {@code SocketServer}, which can be stopped and
 * started again. Its configuration is a {@code ServerConfig}; {@code InterceptorChain} combines its interceptors; {@code WarmUp} loads
 * the classes that the first connections need.
 *
 * <p>A {@code SocketServer} has one {@code EventLoop} per thread. The first loop also accepts connections from each {@code Listener},
 * one per listening socket, which distributes them to the loops in turn; the last loop also serves each {@code DatagramListener}. A
 * {@code Connection} belongs to one loop for life and therefore needs no lock. With TLS, a {@code tls.TlsChannel} encrypts between the
 * connection and its socket. While a response fault is active, a {@code FaultyOutput} limits the number of bytes that the connection may write.
 *
 * <p>Parts of an event loop:
 *
 * <ul>
 *   <li>{@code LoopSelector}: the selector, replaced when it may be damaged; it selects each {@code Selectable}.
 *   <li>{@code InputBatch}, {@code OutputBuffer}, {@code LoopBuffers}: input and output, shared by the connections of the loop.
 *   <li>{@code ConnectionUsage}: the memory that each connection holds, reported to {@code connection.ConnectionMemory}.
 *   <li>{@code ConnectionQueue}: connections that are waiting for their turn; {@code WakeUpQueue}: connections whose sessions have
 *       output without input; {@code TaskQueue}: tasks of other threads; {@code Timers}: connections to be called at a given time.
 *   <li>{@code IdleTimeout}, {@code PausedListeners}, {@code Backoff}: closing of idle connections, listeners that cannot accept, and
 *       the pause after a failure. {@code LoopCounters}: statistics. {@code FailurePoint}: fault injection for tests.
 * </ul>
 *
 * <table>
 *   <caption>Threads and locks</caption>
 *   <tr><th>state</th><th>written by</th><th>read by</th><th>guard</th></tr>
 *   <tr><td>everything in Connection, ConnectionQueue, ConnectionUsage, FaultyOutput, Timers, Backoff, InputBatch, LoopBuffers, OutputBuffer, PausedListeners, TlsChannel, Listener, DatagramListener</td><td>its loop's thread</td><td>its loop's thread</td><td>-</td></tr>
 *   <tr><td>EventLoop.waiting, timers</td><td>the loop's thread</td><td>the loop's thread</td><td>-</td></tr>
 *   <tr><td>TaskQueue, WakeUpQueue</td><td>any thread</td><td>the loop's thread</td><td>itself</td></tr>
 *   <tr><td>LoopSelector.selector, isDamaged</td><td>the loop's thread</td><td>any</td><td>volatile</td></tr>
 *   <tr><td>EventLoop.stopping</td><td>the thread that closes the server</td><td>the loop's thread</td><td>volatile</td></tr>
 *   <tr><td>Connection.lastReadMillis</td><td>the loop's thread</td><td>any</td><td>none: may be outdated</td></tr>
 *   <tr><td>ConnectionMemory.Account</td><td>the loop's thread</td><td>any</td><td>volatile</td></tr>
 *   <tr><td>SocketServer.openConnections, failures</td><td>the loops' threads</td><td>any</td><td>atomic</td></tr>
 *   <tr><td>SocketServer.paused, closed</td><td>any</td><td>any</td><td>volatile</td></tr>
 *   <tr><td>MemcachedServer.context, sockets, closed</td><td>any thread but the server's own</td><td>any</td><td>MemcachedServer.lock</td></tr>
 * </table>
 *
 * <p>Failures: after any exception or error in a turn, the event loop takes the next turn. State changes that follow a failure allocate
 * nothing: the queues are linked through the connections, buffers are emptied and not replaced, and a selector that an Error may have
 * damaged is replaced. If nothing was consumed before an OutOfMemoryError, the connection retries in the next turn; otherwise it is
 * closed. A loop without memory pauses between its turns, see {@code Backoff}. All connections together hold no more memory than
 * {@link io.github.embeddedmemcached.internal.connection.ConnectionMemory} allows.
 *
 * <p>Where to add:
 *
 * <ul>
 *   <li>a type of listening socket: an address in {@code listen.Endpoints}, bound in the constructor of {@code SocketServer}: by {@code
 *       listen.ListeningSocket} for streams; for anything else, with a {@code Selectable} like {@code DatagramListener}, registered in
 *       {@code SocketServer.startLoops}.
 *   <li>a timer: a {@code Timers.Timer} in the connection, set by {@code EventLoop.setTimer}; {@code Connection.onTimer} is called.
 *   <li>a connection state: a constant of {@code Connection.Phase}, its transitions in the diagram there, and the cases of {@code
 *       onReady}, {@code operations} and {@code onWakeUp}.
 *   <li>an operation that another thread starts: a method of {@code EventLoop} in its section "tasks", submitted by {@code
 *       SocketServer.submitToAll}.
 *   <li>a response fault: when it is due, in {@code FaultyOutput.due}; what to do then, in {@code Connection.continueSending}.
 * </ul>
 */
@NullMarked
package io.github.embeddedmemcached.internal.server;

import org.jspecify.annotations.NullMarked;
