/**
 * Authenticates clients: users, passwords, SASL.
 *
 * <p>To add a SASL mechanism, add its name to {@code MECHANISMS} in {@link SaslAuthentication} and process its messages in {@code begin}
 * and {@code step} there; to read users from another source, add a factory method to {@link Credentials}. {@code
 * internal.text.AuthCodec} is the authentication of the text protocol.
 */
@NullMarked
package io.github.embeddedmemcached.internal.auth;

import org.jspecify.annotations.NullMarked;
