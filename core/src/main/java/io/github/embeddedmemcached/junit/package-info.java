/**
 * JUnit Jupiter integration, which starts servers for tests and injects them as parameters:
 * {@link io.github.embeddedmemcached.junit.StartMemcached @StartMemcached}, or
 * {@link io.github.embeddedmemcached.junit.MemcachedExtension MemcachedExtension} as a field. Supports JUnit Jupiter 5.8 to 6.x.
 *
 * <p>An injectable parameter type is added as a constant of {@code Injectable}, with a case in each {@code Target}. A setting of a
 * declared server is added as an element of {@code StartMemcached} and applied in {@code Declaration}.
 *
 * <p>The module does not require JUnit, because modular applications would then need it too. On the module path
 * {@code @StartMemcached} works without configuration. {@code MemcachedExtension} implements interfaces of JUnit, which the
 * compiler and the JVM resolve in this module, so both need {@code --add-reads io.github.embeddedmemcached=ALL-UNNAMED} where JUnit
 * is on the class path, as it is when surefire runs tests in the module of the application, and
 * {@code --add-reads io.github.embeddedmemcached=org.junit.jupiter.api} where a module of tests requires JUnit.
 */
@NullMarked
package io.github.embeddedmemcached.junit;

import org.jspecify.annotations.NullMarked;
