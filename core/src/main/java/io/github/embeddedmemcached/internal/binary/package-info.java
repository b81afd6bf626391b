/**
 * Parses and executes the commands of the binary protocol.
 */
@NullMarked
package io.github.embeddedmemcached.internal.binary;

import org.jspecify.annotations.NullMarked;
