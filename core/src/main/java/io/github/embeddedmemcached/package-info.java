/**
 * A memcached server that lives inside the JVM: {@link io.github.embeddedmemcached.EmbeddedMemcached} starts one, and {@link
 * io.github.embeddedmemcached.Main} is the same as a program of its own.
 */
@NullMarked
package io.github.embeddedmemcached;

import org.jspecify.annotations.NullMarked;
