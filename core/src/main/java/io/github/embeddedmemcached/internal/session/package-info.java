/**
 * Holds the state that the sessions of one server share, and the part of a session that does not depend on the protocol.
 *
 * <p>To add an option of the server, declare it in {@link ServerOption}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.session;

import org.jspecify.annotations.NullMarked;
