package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.LargeValue;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.engine.memory.HeapArrays;
import io.github.embeddedmemcached.internal.wire.InputWindow;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Executes a storage command with a large value: reserves memory in the cache when the command has been read, and receives the bytes of
 * the value into it. One per codec.
 */
public final class LargeStore {
    private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);

    private final CacheEngine cache;

    /** A copy of the key, which has left the input window when the value is complete. */
    private final byte[] key = new byte[ItemSize.CLIENT_KEY_LENGTH_MAX];

    private int keyLength;

    private final ItemUpdate update = new ItemUpdate();
    private StoreMode mode = StoreMode.SET;
    private @Nullable LargeValue value; // null if no value is being received
    private ByteBuffer missing = NO_BUFFER; // the part of the value that has not been received
    private final ByteBuffer lineEnd; // to its position
    private final ByteBuffer[] valueBuffers; // missing and lineEnd: created in advance, as no memory may be left later

    /**
     * Creates a store.
     *
     * @param lineEndLength the number of bytes after a value: 2 in the text protocol for CR and LF, 0 in the binary protocol
     */
    public LargeStore(CacheEngine cache, int lineEndLength) {
        this.cache = cache;
        lineEnd = ByteBuffer.allocate(lineEndLength);
        valueBuffers = new ByteBuffer[] {NO_BUFFER, lineEnd};
    }

    /** Returns the update of the next command, with its key. The caller adds the rest. */
    public ItemUpdate update(byte[] bytes, int keyOffset, int keyLength) {
        System.arraycopy(bytes, keyOffset, key, 0, keyLength);
        this.keyLength = keyLength;
        return update.key(key, 0, keyLength);
    }

    /**
     * Begins the command of the last {@link #update}.
     *
     * @return false if the cache has no memory for the value
     */
    public boolean begin(StoreMode mode, int valueLength) {
        abandon(); // of a command that an error has interrupted
        this.mode = mode;
        LargeValue reserved = cache.reserve(update, valueLength);
        value = reserved;
        lineEnd.clear();
        if (reserved != null) {
            missing(reserved.buffer());
        }
        return reserved != null;
    }

    /** Returns the buffers for the bytes of the value, and of its line end, that have not been received; null if the value has been received. */
    public ByteBuffer @Nullable [] valueBuffers() {
        return value != null && missing.hasRemaining() ? valueBuffers : null;
    }

    /** Returns whether the value and its line end have been received, so that {@link #finish} may be called. */
    public boolean isComplete() {
        return !missing.hasRemaining() && !lineEnd.hasRemaining();
    }

    /** Returns the array with the key of the last command, which begins at index 0. */
    public byte[] key() {
        return key;
    }

    public int keyLength() {
        return keyLength;
    }

    /** Returns the mode of the last command. */
    public StoreMode mode() {
        return mode;
    }

    /** Consumes missing bytes from the window. Returns whether the store {@link #isComplete}. */
    public boolean fill(InputWindow window) {
        int count = Math.min(window.remaining(), missing.remaining());
        missing.put(window.bytes, window.position, count);
        window.position += count;
        while (window.remaining() > 0 && lineEnd.hasRemaining()) {
            lineEnd.put(window.bytes[window.position++]);
        }
        return isComplete();
    }

    /** Returns a copy of the complete value. */
    public byte[] copyValue() {
        LargeValue complete = checkedValue();
        HeapArrays.check(complete.length());
        byte[] copy = new byte[complete.length()];
        complete.buffer().get(copy);
        return copy;
    }

    /** Returns whether the complete value is followed by a line end, that is, has the length that the command line states. */
    public boolean hasValidEnd() {
        return lineEnd.capacity() == 0 || (lineEnd.get(0) == '\r' && lineEnd.get(1) == '\n');
    }

    /** Stores the complete value. Returns null, and stores nothing, if it is not followed by a line end. */
    public @Nullable StoreResult finish() {
        LargeValue complete = checkedValue();
        if (!hasValidEnd()) {
            complete.release();
            clear();
            return null;
        }
        StoreResult result = cache.store(mode, update.value(complete));
        clear(); // last: after an error in store(), abandon() releases the memory
        return result;
    }

    /** Returns the CAS unique of the last stored item. */
    public long storedCas() {
        return update.casUnique();
    }

    /** Returns the length of the last stored value. */
    public int storedLength() {
        return update.storedLength();
    }

    /** Releases the memory of a value that will not be completed. */
    public void abandon() {
        if (value != null) {
            value.release();
            clear();
        }
    }

    /** Clears the references to the value: an idle session must not keep it reachable. */
    private void clear() {
        value = null;
        missing(NO_BUFFER);
        update.clearValue();
    }

    private void missing(ByteBuffer buffer) {
        missing = buffer;
        valueBuffers[0] = buffer;
    }

    private LargeValue checkedValue() {
        if (value == null) {
            throw new IllegalStateException("call begin() first");
        }
        return value;
    }
}
