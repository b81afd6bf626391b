/** Tests of the picture wall: its parts, the panel painted without a display, and the window on a virtual display. */
@NullMarked
package io.github.embeddedmemcached.example.pictures;

import org.jspecify.annotations.NullMarked;
