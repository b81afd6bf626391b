package io.github.embeddedmemcached.cache;

import java.nio.file.Path;
import java.time.Duration;

/**
 * The result of saving a cache, see {@link Cache#saveTo(Path)}.
 *
 * @param items the number of items in the file
 * @param bytes the length of the file
 * @param elapsed the duration of the save
 */
public record SaveResult(long items, long bytes, Duration elapsed) {}
