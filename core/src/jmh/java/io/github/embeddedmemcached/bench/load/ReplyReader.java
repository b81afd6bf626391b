package io.github.embeddedmemcached.bench.load;

import java.nio.ByteBuffer;

/**
 * Counts answers as they come in, in pieces of any size. Values are passed over unread, but where one ends the next line has to
 * begin, so an answer of a wrong length shows as an error. Allocates nothing.
 */
final class ReplyReader {
    /** {@code VA 1} and {@code VALUE k 0 1}, with their line ends, are never shorter. */
    private static final int LINE_LENGTH_MIN = 4;

    private final int valueBytes;
    private final int keysPerGet;
    private final boolean meta;

    long requests;
    long hits;
    long misses;
    long errors;

    ReplyReader(LoadSpec spec) {
        valueBytes = spec.valueBytes();
        keysPerGet = spec.keysPerGet();
        meta = spec.meta();
    }

    void reset() {
        requests = 0;
        hits = 0;
        misses = 0;
        errors = 0;
    }

    /** Takes what has arrived on a connection; true when its batch is answered. */
    boolean read(LoadConnection connection) {
        ByteBuffer in = connection.in;
        in.flip();
        int at = 0;
        int limit = in.limit();
        while (at < limit && connection.waiting > 0) {
            if (connection.skip > 0) {
                int passed = Math.min(limit - at, connection.skip);
                connection.skip -= passed;
                at += passed;
                if (connection.skip == 0 && meta) {
                    answered(connection);
                }
                continue;
            }
            int end = lineEnd(in, at, limit);
            if (end < 0) {
                break;
            }
            takeLine(connection, in.get(at), in.get(at + 1));
            at = end;
        }
        in.position(at);
        if (in.hasRemaining()) {
            in.compact();
        } else {
            in.clear();
        }
        return connection.waiting == 0;
    }

    /** Behind the next line end, or -1. */
    private static int lineEnd(ByteBuffer in, int start, int limit) {
        for (int i = start + LINE_LENGTH_MIN - 1; i < limit; i++) {
            if (in.get(i) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private void takeLine(LoadConnection connection, byte first, byte second) {
        if (connection.kinds[connection.head] == LoadConnection.SET) {
            // STORED, HD
            if (first != 'S' && first != 'H' || second == 'E') {
                errors++;
            }
            answered(connection);
        } else if (first == 'V') {
            hits++;
            connection.values++;
            connection.skip = valueBytes + 2;
        } else if (first == 'E' && second == 'N') {
            misses += keysPerGet - connection.values;
            answered(connection);
        } else {
            errors++;
            answered(connection);
        }
    }

    private void answered(LoadConnection connection) {
        requests++;
        connection.values = 0;
        connection.head++;
        connection.waiting--;
    }
}
