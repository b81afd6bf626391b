/**
 * Parses and executes the meta commands of the text protocol.
 *
 * <p>To add a flag, add a case to {@code MetaParser.parseFlag}, a field for its token, if it has one, to {@link MetaRequest}, and its effect to
 * the commands of {@link MetaCommands} that use it; then add a transcript, as for a command of {@code internal.text}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.meta;

import org.jspecify.annotations.NullMarked;
