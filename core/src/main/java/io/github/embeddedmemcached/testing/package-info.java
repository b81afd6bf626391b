/** Helpers for tests of what talks to a server: {@link io.github.embeddedmemcached.testing.TestTls} lets it speak TLS. */
@NullMarked
package io.github.embeddedmemcached.testing;

import org.jspecify.annotations.NullMarked;
