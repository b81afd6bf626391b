/**
 * A memcached server inside the JVM: {@link io.github.embeddedmemcached.EmbeddedMemcached} and its builder, and clusters of servers. The
 * main class of the jar runs the server as a stand-alone program.
 *
 * <p>To add a setting of a server, add it to {@link io.github.embeddedmemcached.EmbeddedMemcachedBuilder}, which applies it to the cache, to
 * the {@code ServerConfig} or to the server's settings, see {@code internal.session}. A setting of the cache must also be rejected together
 * with a cache of the application: assign its name to {@code cacheSetting}.
 */
@NullMarked
package io.github.embeddedmemcached;

import org.jspecify.annotations.NullMarked;
