/**
 * Reads and writes the bytes and numbers of all protocols, independently of their commands.
 *
 * <p>Input: {@code InputWindow}, {@code ByteSearch}. Output: {@code ReplyBuffer}, {@code StreamedReply} and {@code LinesReply} for replies
 * in several turns, {@code StatSink} for statistics. Formats: {@code AsciiNumbers}, {@code BinaryNumbers}, {@code BinaryHeader}, {@code
 * Base64}, {@code Addresses}, {@code LogLine}, {@code Printable}, {@code MemcachedVersion}.
 *
 * <p>Classes with state are used by one thread at a time and have no locks; the others have static methods without state.
 *
 * <p>To add a number format or an encoding: a class of static methods that read from and write to arrays at offsets.
 */
@NullMarked
package io.github.embeddedmemcached.internal.wire;

import org.jspecify.annotations.NullMarked;
