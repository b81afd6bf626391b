/**
 * memcached's protocols without the network: sessions that turn requests into replies, for transports other than {@code
 * EmbeddedMemcached}'s listener, and the representation of a received command.
 *
 * <p>The implementation is in {@code internal.protocol} (one session), {@code internal.text}, {@code internal.meta} and {@code
 * internal.binary} (the protocols), which also describe where a command is added. A property of a received
 * command is added to {@link io.github.embeddedmemcached.protocol.Command} and set by {@code internal.session.CommandBuilder}.
 */
@NullMarked
package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.NullMarked;
