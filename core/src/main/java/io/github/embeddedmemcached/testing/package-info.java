/**
 * Helpers for tests of what talks to a server: {@link io.github.embeddedmemcached.testing.TestTls} lets it speak TLS, {@link
 * io.github.embeddedmemcached.testing.Faults} lets it fail, {@link io.github.embeddedmemcached.testing.Recording} shows what it was
 * asked.
 */
@NullMarked
package io.github.embeddedmemcached.testing;

import org.jspecify.annotations.NullMarked;
