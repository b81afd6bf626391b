/** Examples of applications that use embedded-memcached. They are not published. */
@NullMarked
package io.github.embeddedmemcached.example;

import org.jspecify.annotations.NullMarked;
