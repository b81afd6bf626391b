package io.github.embeddedmemcached.bench.load;

import java.nio.ByteBuffer;

/**
 * Counts replies as they arrive, in pieces of any size. Values are skipped, but the next line must begin after their end, so
 * that a reply of the wrong length counts as an error. Allocates nothing.
 */
final class ReplyReader {
    /** The length of the shortest reply line, {@code EN\r\n} or {@code HD\r\n}. */
    private static final int LINE_LENGTH_MIN = 4;

    private final int valueBytes;
    private final int keysPerGet;
    private final boolean meta;
    private final boolean binary;

    long requests;
    long hits;
    long misses;
    long errors;

    ReplyReader(LoadSpec spec) {
        valueBytes = spec.valueBytes();
        keysPerGet = spec.keysPerGet();
        meta = spec.protocol() == Protocol.META;
        binary = spec.protocol() == Protocol.BINARY;
    }

    void reset() {
        requests = 0;
        hits = 0;
        misses = 0;
        errors = 0;
    }

    /** Reads the bytes that have arrived on a connection; returns whether the replies to its batch are complete. */
    boolean read(LoadConnection connection) {
        ByteBuffer in = connection.in;
        in.flip();
        int offset = 0;
        int limit = in.limit();
        while (offset < limit && connection.pending > 0) {
            if (connection.skip > 0) {
                int skipped = Math.min(limit - offset, connection.skip);
                connection.skip -= skipped;
                offset += skipped;
                if (connection.skip == 0 && meta) {
                    completeReply(connection);
                }
                continue;
            }
            if (binary) {
                if (limit - offset < Protocol.BINARY_HEADER_BYTES) {
                    break;
                }
                readHeader(connection, in, offset);
                offset += Protocol.BINARY_HEADER_BYTES;
                continue;
            }
            int end = lineEnd(in, offset, limit);
            if (end < 0) {
                break;
            }
            readLine(connection, in.get(offset), in.get(offset + 1));
            offset = end;
        }
        in.position(offset);
        if (in.hasRemaining()) {
            in.compact();
        } else {
            in.clear();
        }
        return connection.pending == 0;
    }

    /** Returns the offset after the next line end, or -1. */
    private static int lineEnd(ByteBuffer in, int start, int limit) {
        for (int i = start + LINE_LENGTH_MIN - 1; i < limit; i++) {
            if (in.get(i) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private void readLine(LoadConnection connection, byte first, byte second) {
        if (connection.kinds[connection.current] == LoadConnection.SET) {
            // STORED, HD
            if (first != 'S' && first != 'H' || second == 'E') {
                errors++;
            }
            completeReply(connection);
        } else if (first == 'V') {
            hits++;
            connection.values++;
            connection.skip = valueBytes + 2;
        } else if (first == 'E' && second == 'N') {
            misses += keysPerGet - connection.values;
            completeReply(connection);
        } else {
            errors++;
            completeReply(connection);
        }
    }

    private void readHeader(LoadConnection connection, ByteBuffer in, int offset) {
        if (in.getShort(offset + 6) != 0) { // the status
            errors++;
        }
        if (in.get(offset + 1) == Protocol.OPCODE_NOOP) {
            misses += keysPerGet - connection.values;
            completeReply(connection);
        } else {
            hits++;
            connection.values++;
            connection.skip = in.getInt(offset + 8); // extras, key and value
        }
    }

    private void completeReply(LoadConnection connection) {
        requests++;
        connection.values = 0;
        connection.current++;
        connection.pending--;
    }
}
