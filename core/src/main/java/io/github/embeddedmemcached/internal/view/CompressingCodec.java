package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.Codec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Compresses the bytes of another codec.
 *
 * <pre>
 *  0        1                  5
 *  +--------+------------------+------------------+     +--------+-------+
 *  | 1      | original length 4| deflated bytes   | or  | 0      | bytes |
 *  +--------+------------------+------------------+     +--------+-------+
 * </pre>
 */
public final class CompressingCodec<T> implements Codec<T> {
    private static final byte PLAIN = 0;
    private static final byte DEFLATED = 1;
    private static final int LENGTH_OFFSET = 1;
    private static final int DEFLATED_OFFSET = LENGTH_OFFSET + Integer.BYTES;

    /** Deflate compresses by less than this factor, so a larger original length is wrong. */
    private static final long RATIO_MAX = 1032;

    private final Codec<T> codec;

    public CompressingCodec(Codec<T> codec) {
        this.codec = Objects.requireNonNull(codec);
    }

    @Override
    public byte[] encode(T object) throws Exception {
        byte[] bytes = codec.encode(object);
        byte[] encoded = new byte[bytes.length + 1];
        int length = deflate(bytes, encoded);
        if (length > 0) {
            encoded[0] = DEFLATED;
            ByteBuffer.wrap(encoded).putInt(LENGTH_OFFSET, bytes.length);
            return Arrays.copyOf(encoded, length);
        }
        encoded[0] = PLAIN;
        System.arraycopy(bytes, 0, encoded, 1, bytes.length);
        return encoded;
    }

    /** Compresses bytes behind a header; returns the length with the header, or 0 if they don't fit, so that nothing would be saved. */
    private static int deflate(byte[] bytes, byte[] target) {
        if (target.length <= DEFLATED_OFFSET) {
            return 0;
        }
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try {
            deflater.setInput(bytes);
            deflater.finish();
            int length = deflater.deflate(target, DEFLATED_OFFSET, target.length - DEFLATED_OFFSET);
            return deflater.finished() ? DEFLATED_OFFSET + length : 0;
        } finally {
            deflater.end();
        }
    }

    @Override
    public T decode(byte[] bytes) throws Exception {
        if (bytes.length > 0 && bytes[0] == PLAIN) {
            return codec.decode(Arrays.copyOfRange(bytes, 1, bytes.length));
        }
        if (bytes.length < DEFLATED_OFFSET || bytes[0] != DEFLATED) {
            throw new DataFormatException("the value was not written by this codec");
        }
        return codec.decode(inflate(bytes));
    }

    private static byte[] inflate(byte[] bytes) throws DataFormatException {
        int length = ByteBuffer.wrap(bytes).getInt(LENGTH_OFFSET);
        if (length < 0 || length > bytes.length * RATIO_MAX) {
            throw new DataFormatException("the length is wrong: " + length);
        }
        byte[] original = new byte[length];
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, DEFLATED_OFFSET, bytes.length - DEFLATED_OFFSET);
            int inflated = 0;
            while (inflated < length) {
                int step = inflater.inflate(original, inflated, length - inflated);
                if (step == 0) {
                    break;
                }
                inflated += step;
            }
            if (inflated < length || (length > 0 && !isAtEnd(inflater))) {
                throw new DataFormatException("the value is truncated or has another length");
            }
            return original;
        } finally {
            inflater.end();
        }
    }

    private static boolean isAtEnd(Inflater inflater) throws DataFormatException {
        return inflater.finished() || (inflater.inflate(new byte[1]) == 0 && inflater.finished());
    }

    @Override
    public String typeName() {
        return codec.typeName();
    }
}
