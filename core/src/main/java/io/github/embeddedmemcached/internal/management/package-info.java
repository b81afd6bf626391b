/**
 * Monitoring by JMX: MBeans of named caches and servers, registered with the platform's MBean server.
 *
 * <p>{@code ManagedBeans} registers them. It has no type of the module java.management in its signatures, and loads the classes that do
 * only for a named cache or server, so that the library also works in a run-time image without the module. An MBean refers to its
 * cache or server weakly: if that is garbage-collected without having been closed, the MBean is unregistered when it is accessed, or when
 * any copy of this library registers the next one.
 *
 * <p>To add an attribute or an operation of a cache, add a line to {@code CacheBeans.DESCRIPTION}; of a server, to {@code ServerBeans} in
 * the root package.
 */
@NullMarked
package io.github.embeddedmemcached.internal.management;

import org.jspecify.annotations.NullMarked;
