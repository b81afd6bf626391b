package io.github.embeddedmemcached.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes requests with random keys, without allocating. */
final class RequestWriter {
    static final int KEY_LENGTH = 13;

    private static final int KEY_DIGITS = 10;

    /** The value length from which a set is written once for each connection, so that later only its key is replaced. */
    private static final int PREPARED_VALUE_BYTES_MIN = 4 << 10;

    private final LoadSpec spec;
    private final byte[] getStart;
    private final byte[] getEnd;
    private final byte[] setStart;
    private final byte[] setEnd;
    private final byte[] scratch;
    private final boolean isPreparing;
    private final boolean isBinary;
    private long random;

    RequestWriter(LoadSpec spec, long seed) {
        this.spec = spec;
        random = seed;
        Protocol protocol = spec.protocol();
        getStart = ascii(protocol.getStart);
        getEnd = ascii(protocol.getEnd);
        setStart = ascii(protocol.setStart);
        setEnd = ascii(protocol.setFields + spec.valueBytes() + "\r\n" + "x".repeat(spec.valueBytes()) + "\r\n");
        isBinary = protocol == Protocol.BINARY;
        int getLength = isBinary
                ? spec.keysPerGet() * (Protocol.BINARY_HEADER_BYTES + KEY_LENGTH) + Protocol.BINARY_HEADER_BYTES
                : getStart.length + spec.keysPerGet() * (KEY_LENGTH + 1) + getEnd.length;
        int setLength = setStart.length + KEY_LENGTH + setEnd.length;
        scratch = new byte[spec.depth() * Math.max(getLength, setLength)];
        Arrays.fill(scratch, (byte) 'x');
        isPreparing = spec.getPercent() == 0 && spec.depth() == 1 && spec.valueBytes() >= PREPARED_VALUE_BYTES_MIN;
    }

    /** Returns the maximum length of a batch in bytes. */
    int batchBytesMax() {
        return scratch.length;
    }

    /** Writes the next batch to the buffer of a connection, to be flushed. */
    void writeBatch(LoadConnection connection) {
        connection.current = 0;
        connection.values = 0;
        connection.pending = spec.depth();
        if (isPreparing) {
            writePrepared(connection);
            return;
        }
        int offset = 0;
        for (int i = 0; i < spec.depth(); i++) {
            if (nextInt(100) < spec.getPercent()) {
                connection.kinds[i] = LoadConnection.GET;
                offset = isBinary ? putBinaryGet(offset) : putGet(offset);
            } else {
                connection.kinds[i] = LoadConnection.SET;
                offset = putSet(offset, nextInt(spec.keys()));
            }
        }
        connection.out.clear().put(scratch, 0, offset).flip();
    }

    private void writePrepared(LoadConnection connection) {
        ByteBuffer out = connection.out;
        if (!connection.isPrepared) {
            int end = putSet(0, 0);
            out.clear().put(scratch, 0, end).flip();
            connection.kinds[0] = LoadConnection.SET;
            connection.isPrepared = true;
        }
        out.rewind();
        int digit = setStart.length + KEY_LENGTH;
        int key = nextInt(spec.keys());
        for (int i = 0; i < KEY_DIGITS; i++, key /= 10) {
            out.put(--digit, (byte) ('0' + key % 10));
        }
    }

    private int putGet(int start) {
        int offset = put(getStart, start);
        for (int i = 0; i < spec.keysPerGet(); i++) {
            if (i > 0) {
                scratch[offset++] = ' ';
            }
            offset = putKey(scratch, offset, nextInt(spec.keys()));
        }
        return put(getEnd, offset);
    }

    private int putBinaryGet(int start) {
        int offset = start;
        for (int i = 0; i < spec.keysPerGet(); i++) {
            offset = putBinaryHeader(offset, Protocol.OPCODE_GETKQ, KEY_LENGTH);
            offset = putKey(scratch, offset, nextInt(spec.keys()));
        }
        return putBinaryHeader(offset, Protocol.OPCODE_NOOP, 0);
    }

    /** Writes the header of a request whose body is a key. */
    private int putBinaryHeader(int start, byte opcode, int keyLength) {
        Arrays.fill(scratch, start, start + Protocol.BINARY_HEADER_BYTES, (byte) 0);
        scratch[start] = (byte) 0x80;
        scratch[start + 1] = opcode;
        scratch[start + 3] = (byte) keyLength;
        scratch[start + 11] = (byte) keyLength;
        return start + Protocol.BINARY_HEADER_BYTES;
    }

    private int putSet(int start, int key) {
        return put(setEnd, putKey(scratch, put(setStart, start), key));
    }

    private int put(byte[] bytes, int offset) {
        System.arraycopy(bytes, 0, scratch, offset, bytes.length);
        return offset + bytes.length;
    }

    /** Writes a key of the form {@code key0000000000}, with the digits of the number; returns the offset after it. */
    static int putKey(byte[] target, int offset, int key) {
        target[offset] = 'k';
        target[offset + 1] = 'e';
        target[offset + 2] = 'y';
        int remaining = key;
        for (int digit = offset + KEY_LENGTH; digit > offset + KEY_LENGTH - KEY_DIGITS; remaining /= 10) {
            target[--digit] = (byte) ('0' + remaining % 10);
        }
        return offset + KEY_LENGTH;
    }

    /** Returns a random number below a bound: xorshift, reduced by the high bits of a product instead of a division. */
    private int nextInt(int bound) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) ((random >>> 32) * bound >>> 32);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
