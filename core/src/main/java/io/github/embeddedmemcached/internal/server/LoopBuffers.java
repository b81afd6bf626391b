package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.server.tls.TlsBuffers;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of an event loop: the output buffer of the connection that is being processed, and buffers for connections that have to
 * keep bytes. An idle connection holds none of them. Used by the loop's thread only.
 */
final class LoopBuffers {
    /** Enough for most incomplete requests without a value; an idle connection may keep such a buffer indefinitely. */
    private static final int SMALL_LENGTH = 256;

    /** The maximum number of released output buffers that are kept for reuse. */
    private static final int SPARE_OUTPUTS_MAX = 4;

    /** The output's high-water mark in bytes while memory is tight; one more reply may exceed it. */
    private static final int TIGHT_HIGH_WATER = 8 * 1024;

    private final ConnectionUsage usage;
    private final ByteBuffer noBytes = ByteBuffer.allocate(0);
    private @Nullable ByteBuffer wire;
    private @Nullable OutputBuffer output;
    private final ArrayDeque<OutputBuffer> spareOutputs = new ArrayDeque<>();
    private @Nullable ByteBuffer spare;
    private @Nullable ByteBuffer smallSpare;
    private final TlsBuffers tls = new TlsBuffers(OutputBuffer.WIRE_LENGTH);

    LoopBuffers(ConnectionUsage usage) {
        this.usage = usage;
    }

    /** Returns a buffer of length 0, for connections that keep no bytes. */
    ByteBuffer noBytes() {
        return noBytes;
    }

    /** Returns the output buffer, which is empty between connections. Its high-water mark is lower while memory is tight. */
    OutputBuffer output() {
        OutputBuffer current = output;
        if (current == null) {
            current = spareOutputs.isEmpty() ? new OutputBuffer(wire()) : spareOutputs.remove();
            output = current;
        }
        current.replies().highWater(usage.isTight() ? TIGHT_HIGH_WATER : ReplyBuffer.DEFAULT_HIGH_WATER);
        return current;
    }

    /** Returns the direct buffer through which all connections write. */
    ByteBuffer wire() {
        ByteBuffer buffer = wire;
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(OutputBuffer.WIRE_LENGTH);
            wire = buffer;
        }
        return buffer;
    }

    /** Empties the output buffer after a failure. */
    void discardOutput() {
        if (output != null) {
            output.discard();
        }
    }

    /**
     * Transfers the output buffer with its content to a connection. While memory is tight the content is moved to a buffer of exactly
     * the needed capacity, if that can be allocated.
     */
    OutputBuffer takeOutput() {
        OutputBuffer buffer = output();
        if (buffer.isMostlyUnused() && usage.isTight()) {
            try {
                return buffer.moveToSmallest();
            } catch (OutOfMemoryError e) {
                // the connection gets the whole buffer
            }
        }
        output = null;
        return buffer;
    }

    void releaseOutput(OutputBuffer empty) {
        if (spareOutputs.size() < SPARE_OUTPUTS_MAX && !usage.isTight()) {
            spareOutputs.add(empty);
        }
    }

    /**
     * Returns a buffer for an incomplete request, with at least this capacity. A released buffer is reused: in a stream of large requests
     * every read ends with an incomplete one.
     */
    ByteBuffer acquire(int length) {
        boolean isSmall = length <= SMALL_LENGTH;
        ByteBuffer buffer = isSmall ? smallSpare : spare;
        if (buffer == null || buffer.capacity() < length) {
            return ByteBuffer.allocate(Math.max(length, SMALL_LENGTH));
        }
        if (isSmall) {
            smallSpare = null;
        } else {
            spare = null;
        }
        return buffer;
    }

    void release(ByteBuffer buffer) {
        if (buffer.capacity() == SMALL_LENGTH) {
            smallSpare = buffer;
        } else if (spare == null || spare.capacity() < buffer.capacity()) {
            spare = buffer;
        }
    }

    /** Returns the buffers that TLS connections decrypt from and encrypt to. */
    TlsBuffers tls() {
        return tls;
    }
}
