/**
 * Parses and executes the meta commands of the text protocol.
 *
 * <p>To add a flag, add a case to {@code MetaParser.parseFlag} and to the commands of {@link MetaCommands} that use it.
 */
@NullMarked
package io.github.embeddedmemcached.internal.meta;

import org.jspecify.annotations.NullMarked;
