/**
 * Addresses on which a server listens, and the binding of its stream sockets to them.
 *
 * <p>{@link io.github.embeddedmemcached.internal.server.listen.Endpoints} are the configured or the actual addresses; {@link
 * io.github.embeddedmemcached.internal.server.listen.ListeningSocket} is a bound socket, and {@link
 * io.github.embeddedmemcached.internal.server.listen.ListenException} reports the address that could not be bound. Accepting
 * connections is up to {@code internal.server.Listener}. Nothing here is synchronized: sockets are bound before the event loops start,
 * and then used by the first loop's thread.
 *
 * <p>To add a type of listening socket: a component of {@code Endpoints}, a {@code bind} method of {@code ListeningSocket} that
 * takes it, and its call in the constructor of {@code internal.server.SocketServer}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.server.listen;

import org.jspecify.annotations.NullMarked;
