/**
 * Finds items by key: a hash table whose slots refer to items in segments.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.index;

import org.jspecify.annotations.NullMarked;
