/**
 * Defines what the classic and the meta commands have in common: command names, the parsed request, tokens, and reply lines.
 */
@NullMarked
package io.github.embeddedmemcached.internal.line;

import org.jspecify.annotations.NullMarked;
