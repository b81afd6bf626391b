/**
 * Common parts of the classic and the meta commands: command names, the parsed request, tokens, and reply lines.
 *
 * <p>To add a reply line, add a constant to {@link Reply}. {@code internal.text} and {@code internal.meta} describe where a command and a flag
 * are added.
 */
@NullMarked
package io.github.embeddedmemcached.internal.line;

import org.jspecify.annotations.NullMarked;
