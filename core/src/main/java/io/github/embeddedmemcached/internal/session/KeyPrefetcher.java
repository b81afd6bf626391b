package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.BinaryNumbers;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;

/**
 * Searches the input after the next request for keys and prefetches their items with a {@link LookupBatch}. The search does not parse
 * requests: in a line that begins with {@code g}, all words after the first are treated as keys, in other lines only the second word;
 * of a binary request, only the lengths in its header are used. A wrong key, such as a word of a value, costs time and has no other
 * effect.
 */
public final class KeyPrefetcher {
    /** The number of bytes that are searched. After a long value, the next key is too far away. */
    private static final int LENGTH_MAX = 4096;

    /** The number of bytes within which the first key of a request must end. Longer input is part of a value. */
    private static final int KEY_END_MAX = 512;

    private final LookupBatch keys;
    private int searchedEnd; // the input before this index has been searched

    public KeyPrefetcher(CacheEngine cache) {
        keys = new LookupBatch(cache);
    }

    /** Resets the search for new input, and discards the time that the batch has read from the clock. */
    public void reset() {
        searchedEnd = 0;
        keys.invalidateTime();
    }

    /** Returns the batch that holds the prefetched keys. */
    public LookupBatch keys() {
        return keys;
    }

    /** Prefetches keys, starting at the window's position, which is the start of a command, unless that input has been searched. */
    public void prefetchFromCommand(InputWindow window) {
        if (window.position >= searchedEnd) {
            if (window.bytes[window.position] == BinaryHeader.MAGIC) {
                searchBinary(window);
            } else {
                search(window, true);
            }
        }
    }

    /** Prefetches keys, starting at the window's position, which is the start of a key, unless that input has been searched. */
    public void prefetchFromKey(InputWindow window) {
        if (window.position >= searchedEnd) {
            search(window, false);
        }
    }

    /** Adds the first key of the request at the start of an input, if the key is complete. The caller starts the prefetch. */
    public void addFirst(byte[] bytes, int start, int inputEnd) {
        int limit = Math.min(inputEnd, start + KEY_END_MAX);
        if (start < limit && bytes[start] == BinaryHeader.MAGIC) {
            addBinary(bytes, start, limit);
            return;
        }
        int key = endOfWord(bytes, start, limit) + 1;
        int end = endOfWord(bytes, key, limit);
        if (key < end && end < limit) {
            keys.add(bytes, key, end - key);
        }
    }

    /** Adds the key of a binary request, if it has one that is complete. Returns false if no more keys should be added. */
    private boolean addBinary(byte[] bytes, int start, int limit) {
        if (limit - start > BinaryHeader.LENGTH) {
            int key = start + BinaryHeader.LENGTH + (bytes[start + BinaryHeader.EXTRAS_LENGTH] & 0xFF);
            int length = BinaryNumbers.uint16(bytes, start + BinaryHeader.KEY_LENGTH);
            if (length > 0 && length <= limit - key) {
                return keys.add(bytes, key, length);
            }
        }
        return true;
    }

    private void searchBinary(InputWindow window) {
        byte[] bytes = window.bytes;
        int limit = Math.min(window.limit, window.position + LENGTH_MAX);
        boolean hasCapacity = true;
        int at = window.position;
        while (hasCapacity && limit - at > BinaryHeader.LENGTH && bytes[at] == BinaryHeader.MAGIC) {
            hasCapacity = addBinary(bytes, at, limit);
            long length = BinaryHeader.LENGTH + BinaryNumbers.uint32(bytes, at + BinaryHeader.BODY_LENGTH);
            at += (int) Math.min(length, limit - at);
        }
        searchedEnd = at;
        keys.prefetch();
    }

    private static int endOfWord(byte[] bytes, int start, int limit) {
        int at = start;
        while (at < limit && bytes[at] > ' ') {
            at++;
        }
        return at;
    }

    private void search(InputWindow window, boolean fromCommand) {
        byte[] bytes = window.bytes;
        int limit = Math.min(window.limit, window.position + LENGTH_MAX);
        boolean isCommand = fromCommand;
        boolean allKeys = true;
        boolean hasCapacity = true;
        int at = window.position;
        while (hasCapacity && at < limit) {
            int start = at;
            at = endOfWord(bytes, start, limit);
            if (at > start && at < limit) {
                if (isCommand) {
                    isCommand = false;
                    allKeys = bytes[start] == 'g';
                } else {
                    hasCapacity = keys.add(bytes, start, at - start);
                    if (!allKeys) {
                        int newline = ByteSearch.indexOfNewline(bytes, at, limit);
                        at = newline < 0 ? limit : newline;
                    }
                }
            }
            isCommand |= at < limit && bytes[at] == '\n';
            at++;
        }
        searchedEnd = at;
        keys.prefetch();
    }
}
