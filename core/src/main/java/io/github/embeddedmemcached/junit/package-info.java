/**
 * JUnit Jupiter integration, which starts servers for tests and injects them as parameters:
 * {@link io.github.embeddedmemcached.junit.StartMemcached @StartMemcached}, or
 * {@link io.github.embeddedmemcached.junit.MemcachedExtension MemcachedExtension} as a field. Supports JUnit Jupiter 5.8 to 6.x.
 *
 * <p>To add an injectable parameter type, add a constant to {@code Injectable} and a case to {@code ServerTarget} and {@code ClusterTarget},
 * and to {@code ExternalTarget} if an external memcached provides it. To add a setting of a declared server, add an element to {@code
 * StartMemcached} and apply it in {@code Declaration}.
 *
 * <p>The module does not require JUnit, because modular applications would then need it too. On the module path
 * {@code @StartMemcached} works without configuration. {@code MemcachedExtension} implements interfaces of JUnit, which the
 * compiler and the JVM resolve in this module. Both therefore need {@code --add-reads io.github.embeddedmemcached=ALL-UNNAMED} if JUnit
 * is on the class path, as it is when Surefire runs tests in the application's module, or
 * {@code --add-reads io.github.embeddedmemcached=org.junit.jupiter.api} if a test module requires JUnit.
 */
@NullMarked
package io.github.embeddedmemcached.junit;

import org.jspecify.annotations.NullMarked;
