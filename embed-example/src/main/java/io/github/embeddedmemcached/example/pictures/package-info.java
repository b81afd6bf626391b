/**
 * A desktop program: a wall of the pictures in a folder, whose thumbnails are in a cache that survives the program. {@link
 * io.github.embeddedmemcached.example.pictures.ThumbnailCache} is the only class that uses the library.
 */
@NullMarked
package io.github.embeddedmemcached.example.pictures;

import org.jspecify.annotations.NullMarked;
