package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.RawCache;
import io.github.embeddedmemcached.cache.ReadAhead;

/**
 * Looks at the requests behind the one that is about to be executed, and has the cache begin to fetch their items: see {@link
 * ReadAhead}. It guesses in passing, without parsing: of a line that begins with {@code g} all words but the first are keys, of others the
 * second. A wrong guess, such as the words of a value, costs the looking and changes nothing.
 */
final class Lookahead {
    /** Where values are long, the next key is too far away to look for it. */
    private static final int LENGTH_MAX = 4096;

    /** In a request the key is over by then; what is longer is no request but part of a value. */
    private static final int KEY_END_MAX = 512;

    private final ReadAhead keys;
    private int seenUntil; // everything before this was looked at

    Lookahead(RawCache cache) {
        keys = new ReadAhead(cache);
    }

    /** Forgets what was seen: the window shows something else, and time has passed. */
    void reset() {
        seenUntil = 0;
        keys.forgetTime();
    }

    /** Where the keys are to be got that were seen. */
    ReadAhead keys() {
        return keys;
    }

    /** Looks ahead from the window's position, where a command begins, unless that has been looked at. */
    void atCommand(Window window) {
        if (window.position >= seenUntil) {
            look(window, true);
        }
    }

    /** Looks ahead from the window's position, where a key begins, unless that has been looked at. */
    void atKey(Window window) {
        if (window.position >= seenUntil) {
            look(window, false);
        }
    }

    /** Adds the key of a request that is at the begin of some input, if it is there; to be fetched by the caller. */
    void addFirst(byte[] bytes, int begin, int inputEnd) {
        int limit = Math.min(inputEnd, begin + KEY_END_MAX);
        if (begin < limit && bytes[begin] == BinaryRequest.MAGIC) {
            addBinary(bytes, begin, limit);
            return;
        }
        int key = endOfWord(bytes, begin, limit) + 1;
        int end = endOfWord(bytes, key, limit);
        if (key < end && end < limit) {
            keys.add(bytes, key, end - key);
        }
    }

    private void addBinary(byte[] bytes, int begin, int limit) {
        if (limit - begin > BinaryRequest.HEADER_LENGTH) {
            int key = begin + BinaryRequest.HEADER_LENGTH + (bytes[begin + BinaryRequest.EXTRAS_LENGTH] & 0xFF);
            int length = BinaryNumbers.uint16(bytes, begin + BinaryRequest.KEY_LENGTH);
            if (length > 0 && length <= limit - key) {
                keys.add(bytes, key, length);
            }
        }
    }

    private static int endOfWord(byte[] bytes, int begin, int limit) {
        int at = begin;
        while (at < limit && bytes[at] > ' ') {
            at++;
        }
        return at;
    }

    private void look(Window window, boolean atCommand) {
        byte[] bytes = window.bytes;
        int limit = Math.min(window.limit, window.position + LENGTH_MAX);
        boolean isCommand = atCommand;
        boolean allKeys = true;
        boolean wantsMore = true;
        int at = window.position;
        while (wantsMore && at < limit) {
            int start = at;
            at = endOfWord(bytes, start, limit);
            if (at > start && at < limit) {
                if (isCommand) {
                    isCommand = false;
                    allKeys = bytes[start] == 'g';
                } else {
                    wantsMore = keys.add(bytes, start, at - start);
                    if (!allKeys) {
                        int newline = ByteSearch.indexOfNewline(bytes, at, limit);
                        at = newline < 0 ? limit : newline;
                    }
                }
            }
            isCommand |= at < limit && bytes[at] == '\n';
            at++;
        }
        seenUntil = at;
        keys.fetch();
    }
}
