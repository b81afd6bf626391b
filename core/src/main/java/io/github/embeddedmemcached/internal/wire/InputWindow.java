package io.github.embeddedmemcached.internal.wire;

import java.nio.ByteBuffer;

/** The available input of a session: bytes[position..limit). Consuming input advances the position. */
public final class InputWindow {
    public byte[] bytes = {};
    public int position;
    public int limit;

    public void open(ByteBuffer input) {
        bytes = input.array();
        position = input.arrayOffset() + input.position();
        limit = input.arrayOffset() + input.limit();
    }

    /** Sets the position of the input to the end of the consumed bytes. */
    public void close(ByteBuffer input) {
        input.position(position - input.arrayOffset());
    }

    /** Skips up to this many of the available bytes. Returns how many are left to skip. */
    public long skip(long count) {
        int skipped = (int) Math.min(count, remaining());
        position += skipped;
        return count - skipped;
    }

    public int remaining() {
        return limit - position;
    }
}
