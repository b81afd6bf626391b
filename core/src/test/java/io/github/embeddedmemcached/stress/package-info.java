/** Threads that use one server at the same time, and check each value that they read. */
@NullMarked
package io.github.embeddedmemcached.stress;

import org.jspecify.annotations.NullMarked;
