/**
 * TLS over non-blocking sockets.
 *
 * <p>{@link io.github.embeddedmemcached.internal.server.tls.TlsSettings} holds the key, the trusted certificates and the parameters and
 * creates the engine of each connection; {@link io.github.embeddedmemcached.internal.server.tls.TlsChannel} encrypts and decrypts the
 * bytes of one connection; {@link io.github.embeddedmemcached.internal.server.tls.TlsBuffers} holds the buffers that the channels of one
 * event loop share. Channels and buffers are used by their event loop's thread only; the settings are thread-safe.
 *
 * <p>To add a setting that {@link javax.net.ssl.SSLParameters} has: set it where the caller creates the parameters. Any other
 * setting is a component of {@code TlsSettings}, applied in {@code newEngine()}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.server.tls;

import org.jspecify.annotations.NullMarked;
