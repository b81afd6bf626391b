/**
 * Accounts for the memory that caches acquire from the heap, for each partition and for all caches of a JVM together.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.memory;

import org.jspecify.annotations.NullMarked;
