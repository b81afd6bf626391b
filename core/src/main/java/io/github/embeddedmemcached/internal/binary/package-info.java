/**
 * Parses and executes the commands of the binary protocol.
 *
 * <p>To add a command:
 * <ol>
 *   <li>add a constant with its codes and the shape of its body to {@link BinaryOpcode};
 *   <li>for a new shape, parse its extras in {@link BinaryRequest};
 *   <li>add a case to {@code BinaryCommands.execute};
 *   <li>add a transcript to {@code src/test/resources/binary-transcripts}, which is also run against a real memcached if one is installed.
 * </ol>
 *
 * <p>{@link BinaryStatus} has the status codes of replies.
 */
@NullMarked
package io.github.embeddedmemcached.internal.binary;

import org.jspecify.annotations.NullMarked;
