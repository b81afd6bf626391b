package io.github.embeddedmemcached.bench.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes requests with keys picked at random. Allocates nothing once it is made. */
final class RequestWriter {
    static final int KEY_LENGTH = 13;

    private static final int KEY_DIGITS = 10;

    /** Sets of large values are laid out once for each connection: then only the key is written anew. */
    private static final int PREPARED_VALUE_MIN = 4 << 10;

    private final LoadSpec spec;
    private final byte[] getStart;
    private final byte[] getEnd;
    private final byte[] setStart;
    private final byte[] setEnd;
    private final byte[] scratch;
    private final boolean prepares;
    private long random;

    RequestWriter(LoadSpec spec, long seed) {
        this.spec = spec;
        random = seed;
        getStart = ascii(spec.meta() ? "mg " : "get ");
        getEnd = ascii(spec.meta() ? " v\r\n" : "\r\n");
        setStart = ascii(spec.meta() ? "ms " : "set ");
        setEnd = ascii(
                (spec.meta() ? " " : " 0 0 ") + spec.valueBytes() + "\r\n" + "x".repeat(spec.valueBytes()) + "\r\n");
        int getLength = getStart.length + spec.keysPerGet() * (KEY_LENGTH + 1) + getEnd.length;
        int setLength = setStart.length + KEY_LENGTH + setEnd.length;
        scratch = new byte[spec.depth() * Math.max(getLength, setLength)];
        Arrays.fill(scratch, (byte) 'x');
        prepares = spec.getPercent() == 0 && spec.depth() == 1 && spec.valueBytes() >= PREPARED_VALUE_MIN;
    }

    /** The most bytes of a batch. */
    int batchBytesMax() {
        return scratch.length;
    }

    /** Puts the next batch into a connection's buffer, from where it can be flushed. */
    void writeBatch(LoadConnection connection) {
        connection.head = 0;
        connection.values = 0;
        connection.waiting = spec.depth();
        if (prepares) {
            writePrepared(connection);
            return;
        }
        int at = 0;
        for (int i = 0; i < spec.depth(); i++) {
            if (pick(100) < spec.getPercent()) {
                connection.kinds[i] = LoadConnection.GET;
                at = putGet(at);
            } else {
                connection.kinds[i] = LoadConnection.SET;
                at = putSet(at, pick(spec.keys()));
            }
        }
        connection.out.clear().put(scratch, 0, at).flip();
    }

    private void writePrepared(LoadConnection connection) {
        ByteBuffer out = connection.out;
        if (!connection.prepared) {
            int end = putSet(0, 0);
            out.clear().put(scratch, 0, end).flip();
            connection.kinds[0] = LoadConnection.SET;
            connection.prepared = true;
        }
        out.rewind();
        int digit = setStart.length + KEY_LENGTH;
        int key = pick(spec.keys());
        for (int i = 0; i < KEY_DIGITS; i++, key /= 10) {
            out.put(--digit, (byte) ('0' + key % 10));
        }
    }

    private int putGet(int start) {
        int at = put(getStart, start);
        for (int i = 0; i < spec.keysPerGet(); i++) {
            if (i > 0) {
                scratch[at++] = ' ';
            }
            at = putKey(scratch, at, pick(spec.keys()));
        }
        return put(getEnd, at);
    }

    private int putSet(int start, int key) {
        return put(setEnd, putKey(scratch, put(setStart, start), key));
    }

    private int put(byte[] bytes, int at) {
        System.arraycopy(bytes, 0, scratch, at, bytes.length);
        return at + bytes.length;
    }

    /** {@code key0000000000}, with the number's digits. */
    static int putKey(byte[] target, int at, int key) {
        target[at] = 'k';
        target[at + 1] = 'e';
        target[at + 2] = 'y';
        int rest = key;
        for (int digit = at + KEY_LENGTH; digit > at + KEY_LENGTH - KEY_DIGITS; rest /= 10) {
            target[--digit] = (byte) ('0' + rest % 10);
        }
        return at + KEY_LENGTH;
    }

    /** A number below a bound; xorshift, and the high bits of a product in place of a division. */
    private int pick(int bound) {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) ((random >>> 32) * bound >>> 32);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
