/** A soak test: mixed traffic of several clients for a long time, while the server is disturbed in every way that its API offers. */
@NullMarked
package io.github.embeddedmemcached.soak;

import org.jspecify.annotations.NullMarked;
