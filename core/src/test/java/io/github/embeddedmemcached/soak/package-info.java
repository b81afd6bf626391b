/** A soak test: mixed traffic of several clients for a long time, while faults are injected. */
@NullMarked
package io.github.embeddedmemcached.soak;

import org.jspecify.annotations.NullMarked;
