package io.github.embeddedmemcached.internal.server.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The buffers that TLS connections of one event loop decrypt from and encrypt to. The loop processes one connection at a time, so one
 * pair is enough for all of them; it is allocated when first used. Both buffers are on the heap, because ciphers work on arrays.
 */
public final class TlsBuffers {
    /** Enough for several records, and for the longest record that a peer may send, which has about 33 KB. */
    private static final int INPUT_LENGTH = 64 * 1024;

    /** The space that the engine requires after the encrypted bytes, and the overhead of the records. */
    private static final int OUTPUT_OVERHEAD = 32 * 1024;

    private final int outputLength;
    private final ByteBuffer noBytes = ByteBuffer.allocate(0);
    private @Nullable ByteBuffer input;
    private @Nullable ByteBuffer output;

    /**
     * Creates buffers without allocating their memory.
     *
     * @param writeLength the number of bytes that are encrypted at once
     */
    public TlsBuffers(int writeLength) {
        outputLength = writeLength + OUTPUT_OVERHEAD;
    }

    /** Returns the empty buffer for bytes that have arrived. */
    ByteBuffer input() {
        if (input == null) {
            input = ByteBuffer.allocate(INPUT_LENGTH);
        }
        return input.clear();
    }

    /** Returns the empty buffer for bytes to send. */
    ByteBuffer output() {
        if (output == null) {
            output = ByteBuffer.allocate(outputLength);
        }
        return output.clear();
    }

    /** Returns a buffer of length 0. */
    ByteBuffer noBytes() {
        return noBytes;
    }
}
