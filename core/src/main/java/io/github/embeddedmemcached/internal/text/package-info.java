/**
 * Parses and executes the classic commands of the text protocol.
 *
 * <p>To add a command:
 * <ol>
 *   <li>add a constant to {@link io.github.embeddedmemcached.internal.line.Opcode}; its name in lower case is that of the command;
 *   <li>add a case to {@code TextParser.parseArguments}, and a parsing method below a comment with the command's grammar, which
 *       calls {@code setKey} if there is a key;
 *   <li>add a case to {@code TextCommands.execute};
 *   <li>add a transcript to {@code src/test/resources/transcripts}, which is also run against a real memcached if one is installed.
 * </ol>
 */
@NullMarked
package io.github.embeddedmemcached.internal.text;

import org.jspecify.annotations.NullMarked;
