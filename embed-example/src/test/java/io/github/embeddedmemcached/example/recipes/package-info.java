/**
 * Recipes to copy: a cache's figures in Micrometer, a cache for Spring's annotations, and codecs for other libraries. A recipe for another library is a class that is
 * short enough to copy, and a test.
 */
@NullMarked
package io.github.embeddedmemcached.example.recipes;

import org.jspecify.annotations.NullMarked;
