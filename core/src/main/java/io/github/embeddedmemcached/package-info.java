/**
 * A memcached server inside the JVM: {@link io.github.embeddedmemcached.EmbeddedMemcached} and its builder, and clusters of servers. The
 * main class of the jar runs the server as a stand-alone program.
 */
@NullMarked
package io.github.embeddedmemcached;

import org.jspecify.annotations.NullMarked;
