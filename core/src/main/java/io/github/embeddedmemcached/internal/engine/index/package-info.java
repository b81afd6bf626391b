/**
 * Finds items by key: a hash table whose slots refer to items in segments.
 *
 * <p>To change the search for keys, change {@link Index}; to change the table or its growth, change {@link SlotTable}; to change the hash
 * function, change {@link KeyHash}; to change the contents of a slot, change {@code internal.engine.log.Slot}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.index;

import org.jspecify.annotations.NullMarked;
