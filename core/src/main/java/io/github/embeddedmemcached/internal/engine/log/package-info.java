/**
 * Contains the bytes of items: segments, the logs that they form, and the layout of an item in a segment.
 *
 * <p>To add a field to items, add its offset and its accessors to {@link ItemLayout}, set it in {@code internal.engine.ItemUpdate} and {@code
 * ItemWriter}, and read it in {@code ItemView} and, for key dumps, {@code ItemCursor}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.NullMarked;
