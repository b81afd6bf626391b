package io.github.embeddedmemcached.protocol;

import java.nio.ByteBuffer;

/** The input that a session may look at now: bytes[position..limit). Consuming means moving the position. */
final class Window {
    byte[] bytes = {};
    int position;
    int limit;

    void open(ByteBuffer input) {
        bytes = input.array();
        position = input.arrayOffset() + input.position();
        limit = input.arrayOffset() + input.limit();
    }

    /** Tells the input what was consumed. */
    void close(ByteBuffer input) {
        input.position(position - input.arrayOffset());
    }

    /** Skips up to so many bytes, as far as they are there. Returns how many are left to skip. */
    long skip(long count) {
        int skipped = (int) Math.min(count, remaining());
        position += skipped;
        return count - skipped;
    }

    int remaining() {
        return limit - position;
    }
}
