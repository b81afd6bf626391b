/**
 * Sends log lines to clients that watch the server.
 *
 * <p>To add a kind of log line, add a constant to {@link WatchKind}, and write the line in {@link ConnectionEvents} for an event of a
 * connection, in {@code internal.session.SessionObserver} for a command, or in {@code internal.session.ClassCounters} for an eviction.
 */
@NullMarked
package io.github.embeddedmemcached.internal.watch;

import org.jspecify.annotations.NullMarked;
