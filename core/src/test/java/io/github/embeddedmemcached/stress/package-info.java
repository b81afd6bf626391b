/** Stress tests: threads use one server concurrently and check each value that they read. */
@NullMarked
package io.github.embeddedmemcached.stress;

import org.jspecify.annotations.NullMarked;
