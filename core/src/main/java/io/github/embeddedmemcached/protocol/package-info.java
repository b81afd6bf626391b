/**
 * memcached's protocol without the network: a {@link io.github.embeddedmemcached.protocol.ProtocolSession} takes bytes and
 * answers bytes, so that any kind of listener, or a test, can host it.
 */
@NullMarked
package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.NullMarked;
