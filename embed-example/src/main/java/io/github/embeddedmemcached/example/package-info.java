/** How an application uses embedded-memcached. Nothing here is published; copy what you like. */
@NullMarked
package io.github.embeddedmemcached.example;

import org.jspecify.annotations.NullMarked;
