/**
 * Tests published memcached clients with an {@code EmbeddedMemcached}, to detect differences from memcached that affect users.
 */
@NullMarked
package io.github.embeddedmemcached.compat;

import org.jspecify.annotations.NullMarked;
