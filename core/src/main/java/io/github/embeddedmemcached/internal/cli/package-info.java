/**
 * The stand-alone server: options, PEM files, signals.
 *
 * <p>To add an option, add a constant to {@link Option} or, for {@code -o}, to {@link ExtendedOption}, a case to {@code apply} or {@code
 * applyExtended} in {@link CommandLine}, and a line to {@code Main.HELP}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.cli;

import org.jspecify.annotations.NullMarked;
