package io.github.embeddedmemcached.server;

import io.github.embeddedmemcached.protocol.CodecPool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What connections that were ready together have read, one behind the other in one window, before any of it is processed. So the
 * cache learns of many keys at once, and waits for memory once for all of them, not once for each: with fifty clients that send one
 * request at a time, it takes about a tenth off what a request costs.
 *
 * <p>The window is a heap buffer because sessions parse arrays; the JDK reads into a direct buffer of its own, one per thread, and
 * copies. It frees that one when the thread ends, which a direct buffer of ours would leave to the collector.
 *
 * <p>Invariant: window[begins[i]..ends[i]) is the input of connections[i]; what is behind {@code used} is free.
 */
final class Inbox {
    private static final int CONNECTIONS_MAX = CodecPool.LOOKS_MAX;

    /** With so many bytes it is full: what was read first should still be in the processor's cache. */
    private static final int BYTES_MAX = 16 * 1024;

    /** So much room is always left, for what is only read to be thrown away. */
    private static final int ROOM_MIN = 64 * 1024;

    private final CodecPool codecs;
    private final int inputLengthMax;
    private final @Nullable Connection[] connections = new Connection[CONNECTIONS_MAX];
    private final int[] begins = new int[CONNECTIONS_MAX];
    private final int[] ends = new int[CONNECTIONS_MAX];
    private int count;
    private int used;
    private @Nullable ByteBuffer window;

    /** An inbox for requests of up to so many bytes. */
    Inbox(CodecPool codecs, int inputLengthMax) {
        this.codecs = codecs;
        this.inputLengthMax = inputLengthMax;
    }

    /**
     * The free part of the window. There is room for an incomplete request and a whole read behind it, unless the inbox is full or
     * is being processed.
     */
    ByteBuffer room() {
        ByteBuffer room = window();
        return room.limit(room.capacity()).position(used);
    }

    /** The window, which is allocated when it is used first. */
    ByteBuffer window() {
        if (window == null) {
            window = ByteBuffer.allocate(BYTES_MAX + inputLengthMax + EventLoop.READ_LENGTH_MAX + ROOM_MIN);
        }
        return window;
    }

    /** Takes what a connection has put at the begin of the room, perhaps nothing. */
    void add(Connection connection, int length) {
        connections[count] = connection;
        begins[count] = used;
        used += length;
        ends[count] = used;
        count++;
    }

    boolean isFull() {
        return count == CONNECTIONS_MAX || used >= BYTES_MAX;
    }

    int count() {
        return count;
    }

    Connection connection(int index) {
        return Objects.requireNonNull(connections[index]);
    }

    ByteBuffer input(int index) {
        return window().limit(ends[index]).position(begins[index]);
    }

    /** Has the cache begin to fetch what the inputs ask for. */
    void lookAhead() {
        if (count > 1) {
            for (int i = 0; i < count; i++) {
                codecs.lookAhead(input(i));
            }
            codecs.fetch();
        }
    }

    /** Forgets all of it; closed connections too, which nobody else remembers. */
    void clear() {
        Arrays.fill(connections, 0, count, null);
        count = 0;
        used = 0;
    }
}
