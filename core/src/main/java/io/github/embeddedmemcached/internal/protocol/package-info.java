/**
 * The session of one client: selects the protocol by the first byte and passes the input on to its codec.
 *
 * <p>To add a protocol, implement {@code internal.session.Codec}, add a constant to {@code protocol.WireProtocol}, keep a spare codec in
 * {@link CodecPool}, and select it in {@link ClientSession}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.protocol;

import org.jspecify.annotations.NullMarked;
