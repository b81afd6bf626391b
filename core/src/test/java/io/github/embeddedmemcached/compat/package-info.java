/**
 * The clients people use, as they are published, against an {@code EmbeddedMemcached}: if one of them notices a difference
 * to memcached, so do its users.
 */
@NullMarked
package io.github.embeddedmemcached.compat;

import org.jspecify.annotations.NullMarked;
