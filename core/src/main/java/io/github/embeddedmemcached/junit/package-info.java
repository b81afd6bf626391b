/**
 * The JUnit Jupiter extension: {@link io.github.embeddedmemcached.junit.StartMemcached @StartMemcached}, or {@link
 * io.github.embeddedmemcached.junit.MemcachedExtension MemcachedExtension} as a field. JUnit is optional: this package works on the
 * class path, where tests live.
 */
@NullMarked
package io.github.embeddedmemcached.junit;

import org.jspecify.annotations.NullMarked;
