/**
 * Contains the bytes of items: segments, the logs that they form, and the layout of an item in a segment.
 *
 * <p>To add a field to items, extend {@link io.github.embeddedmemcached.internal.engine.log.ItemLayout}.
 */
@NullMarked
package io.github.embeddedmemcached.internal.engine.log;

import org.jspecify.annotations.NullMarked;
