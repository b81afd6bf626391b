package io.github.embeddedmemcached.server;

import java.nio.ByteBuffer;

/**
 * Where a loop's TLS connections decrypt from and encrypt to: one connection at a time, so one pair is enough for all.
 * Both buffers are on the heap, since ciphers work on arrays.
 */
final class TlsBuffers {
    /** Several records, and at least one of the longest that a peer may send, which has some 33 KB. */
    private static final int INPUT_LENGTH = 64 * 1024;

    /** All that an outbox hands over at once, encrypted: four records, and the room that the engine asks for behind them. */
    private static final int OUTPUT_LENGTH = Outbox.WIRE_LENGTH + 32 * 1024;

    private final ByteBuffer input = ByteBuffer.allocate(INPUT_LENGTH);
    private final ByteBuffer output = ByteBuffer.allocate(OUTPUT_LENGTH);

    /** Room for what arrives, empty. */
    ByteBuffer input() {
        return input.clear();
    }

    /** Room for what leaves, empty. */
    ByteBuffer output() {
        return output.clear();
    }
}
