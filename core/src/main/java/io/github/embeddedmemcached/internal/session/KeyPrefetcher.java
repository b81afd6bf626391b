package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.BinaryNumbers;
import io.github.embeddedmemcached.internal.wire.ByteSearch;
import io.github.embeddedmemcached.internal.wire.InputWindow;

/**
 * Searches the input after the next request for keys and prefetches their items with a {@link LookupBatch}. The search does not parse
 * requests: in a line that begins with {@code g}, all words after the first are treated as keys, in other lines only the second word;
 * of a binary request, only the lengths in its header are used. A wrong key, such as a word of a value, costs time and has no other
 * effect. A codec that reads a key that was found needs neither to search for its end nor to hash it again.
 */
public final class KeyPrefetcher {
    /** The number of bytes that are searched. After a long value, the next key is too far away. */
    private static final int LENGTH_MAX = 4096;

    /** The number of bytes within which the first key of a request must end. Longer input is part of a value. */
    private static final int KEY_END_MAX = 512;

    private final LookupBatch keys;
    private int searchedEnd; // the input before this index has been searched

    // The keys that the last search has found, in ascending order of their offsets.
    private final int[] offsets = new int[LookupBatch.KEYS_MAX];
    private final int[] lengths = new int[LookupBatch.KEYS_MAX];
    private final long[] hashes = new long[LookupBatch.KEYS_MAX];
    private int known;
    private int next; // the first key that was not passed yet

    public KeyPrefetcher(CacheEngine cache) {
        keys = new LookupBatch(cache);
    }

    /** Resets the search for new input, and discards the time that the batch has read from the clock. */
    public void reset() {
        searchedEnd = 0;
        known = 0;
        next = 0;
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
            int length = binaryKeyLength(bytes, start, limit);
            if (length > 0) {
                keys.add(bytes, binaryKey(bytes, start), length);
            }
            return;
        }
        int key = ByteSearch.endOfToken(bytes, start, limit) + 1;
        int end = ByteSearch.endOfToken(bytes, key, limit);
        if (key < end && end < limit) {
            int length = bytes[end] == '\n' && bytes[end - 1] == '\r' ? end - 1 - key : end - key;
            keys.add(bytes, key, length);
        }
    }

    private static int binaryKey(byte[] bytes, int start) {
        return start + BinaryHeader.LENGTH + (bytes[start + BinaryHeader.EXTRAS_LENGTH] & 0xFF);
    }

    /** Returns the length of the key of a binary request; 0 if it has none that is complete. */
    private static int binaryKeyLength(byte[] bytes, int start, int limit) {
        if (limit - start <= BinaryHeader.LENGTH) {
            return 0;
        }
        int length = BinaryNumbers.uint16(bytes, start + BinaryHeader.KEY_LENGTH);
        return length <= limit - binaryKey(bytes, start) ? length : 0;
    }

    private void searchBinary(InputWindow window) {
        byte[] bytes = window.bytes;
        int limit = Math.min(window.limit, window.position + LENGTH_MAX);
        boolean hasCapacity = true;
        int at = window.position;
        known = 0;
        next = 0;
        while (hasCapacity && limit - at > BinaryHeader.LENGTH && bytes[at] == BinaryHeader.MAGIC) {
            int keyLength = binaryKeyLength(bytes, at, limit);
            if (keyLength > 0) {
                hasCapacity = add(bytes, binaryKey(bytes, at), keyLength);
            }
            long length = BinaryHeader.LENGTH + BinaryNumbers.uint32(bytes, at + BinaryHeader.BODY_LENGTH);
            at += (int) Math.min(length, limit - at);
        }
        searchedEnd = at;
        keys.prefetch();
    }

    private void search(InputWindow window, boolean fromCommand) {
        byte[] bytes = window.bytes;
        int limit = Math.min(window.limit, window.position + LENGTH_MAX);
        boolean isCommand = fromCommand;
        boolean allKeys = true;
        boolean hasCapacity = true;
        int at = window.position;
        known = 0;
        next = 0;
        while (hasCapacity && at < limit) {
            int start = at;
            at = ByteSearch.endOfToken(bytes, start, limit);
            if (at < limit) {
                boolean isLast = bytes[at] == '\n';
                int end = isLast && at > start && bytes[at - 1] == '\r' ? at - 1 : at;
                if (end > start) {
                    if (isCommand) {
                        isCommand = false;
                        allKeys = bytes[start] == 'g';
                    } else {
                        hasCapacity = add(bytes, start, end - start);
                        if (!allKeys) {
                            int newline = ByteSearch.indexOfNewline(bytes, at, limit);
                            isLast = newline >= 0;
                            at = isLast ? newline : limit;
                        }
                    }
                }
                isCommand |= isLast;
            }
            at++;
        }
        searchedEnd = at;
        keys.prefetch();
    }

    private boolean add(byte[] bytes, int offset, int length) {
        long hash = keys.hash(bytes, offset, length);
        offsets[known] = offset;
        lengths[known] = length;
        hashes[known++] = hash;
        return keys.add(hash);
    }

    private boolean isKnown(int offset) {
        while (next < known && offsets[next] < offset) {
            next++;
        }
        return next < known && offsets[next] == offset;
    }

    /**
     * Returns the index of the space or newline after a token of the text protocol, if the search has found it.
     *
     * @param bytes the input, unchanged since it was searched
     * @param start the start of the token, not before that of an earlier call
     * @return -1 if the token is not known
     */
    public int endOfToken(byte[] bytes, int start) {
        if (!isKnown(start)) {
            return -1;
        }
        int end = start + lengths[next];
        return bytes[end] == '\r' ? end + 1 : end; // a key ends before a CR only if a newline follows
    }

    /** Gets an item as {@link LookupBatch#get} does. The key is in the input; if it was prefetched, it is not hashed again. */
    public boolean get(byte[] bytes, int offset, int length, ItemView item) {
        return isKnown(offset) && lengths[next] == length
                ? keys.get(hashes[next], bytes, offset, length, item)
                : keys.get(bytes, offset, length, item);
    }
}
