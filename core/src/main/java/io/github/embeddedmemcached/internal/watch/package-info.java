/**
 * Sends log lines to clients that watch the server.
 *
 * <p>To add a kind of log line, add a constant to {@link WatchKind}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.watch;

import org.jspecify.annotations.NullMarked;
