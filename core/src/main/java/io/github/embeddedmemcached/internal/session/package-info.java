/**
 * Holds the state that the sessions of one server share, and the part of a session that does not depend on the protocol.
 *
 * <p>To add an option of the server, add a constant to {@link ServerOption}, a line to {@code StatsReport.settings}, and set it in {@code
 * internal.cli.CommandLine} and, if applications need it, in {@code EmbeddedMemcachedBuilder}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.session;

import org.jspecify.annotations.NullMarked;
