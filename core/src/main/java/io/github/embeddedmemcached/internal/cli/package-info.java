/**
 * The stand-alone server: options, PEM files, signals.
 *
 * <p>To add an option, add a constant to {@link Option} or {@link ExtendedOption}, and a case to {@link CommandLine}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.cli;

import org.jspecify.annotations.NullMarked;
