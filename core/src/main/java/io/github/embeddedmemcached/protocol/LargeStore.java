package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.ItemUpdate;
import io.github.embeddedmemcached.cache.LargeValue;
import io.github.embeddedmemcached.cache.RawCache;
import io.github.embeddedmemcached.cache.StoreMode;
import io.github.embeddedmemcached.cache.StoreResult;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A storage command whose value is too large to wait for: room is reserved in the cache when the line has been read, and the
 * value's bytes go there as they arrive. One per session.
 */
final class LargeStore {
    private static final ByteBuffer NO_ROOM = ByteBuffer.allocate(0);

    private final RawCache cache;

    /** The key, which leaves the input window before the value is complete. */
    private final byte[] key = new byte[Cache.KEY_LENGTH_MAX];

    private final byte[] lineEnd;
    private int keyLength;

    private ItemUpdate update = new ItemUpdate(); // a new one each time: it must not keep a value alive
    private StoreMode mode = StoreMode.SET;
    private @Nullable LargeValue value; // null: no command is under way
    private ByteBuffer room = NO_ROOM; // what of the value is still to come
    private int ended; // bytes of the line end that have arrived
    private long storedCas;
    private int storedLength;

    /** A store for values that end with a line end of so many bytes: CR and LF in the text protocol, nothing in the binary one. */
    LargeStore(RawCache cache, int lineEndLength) {
        this.cache = cache;
        lineEnd = new byte[lineEndLength];
    }

    /** The update that the next command is to do, for the caller to complete. */
    ItemUpdate update(byte[] bytes, int keyOffset, int keyLength) {
        System.arraycopy(bytes, keyOffset, key, 0, keyLength);
        this.keyLength = keyLength;
        return update.key(key, 0, keyLength);
    }

    /** Begins a command, which does the {@link #update}. False: there is no room for the value. */
    boolean begin(StoreMode mode, int valueLength) {
        this.mode = mode;
        LargeValue reserved = cache.reserve(update, valueLength);
        value = reserved;
        ended = 0;
        if (reserved != null) {
            room = ByteBuffer.wrap(reserved.array(), reserved.offset(), reserved.length());
        }
        return reserved != null;
    }

    /** Where the next bytes of the value belong; null if none are missing. */
    @Nullable ByteBuffer room() {
        return value != null && room.hasRemaining() ? room : null;
    }

    /** Whether value and line end are there: {@link #finish} then. */
    boolean isComplete() {
        return !room.hasRemaining() && ended == lineEnd.length;
    }

    /** The key of the command that was begun last, from 0 on. */
    byte[] key() {
        return key;
    }

    int keyLength() {
        return keyLength;
    }

    /** What the command that was begun last does. */
    StoreMode mode() {
        return mode;
    }

    /** Takes what it needs of the window. True: it {@link #isComplete}. */
    boolean fill(Window window) {
        int count = Math.min(window.remaining(), room.remaining());
        room.put(window.bytes, window.position, count);
        window.position += count;
        while (window.remaining() > 0 && ended < lineEnd.length) {
            lineEnd[ended++] = window.bytes[window.position++];
        }
        return isComplete();
    }

    /** A copy of the complete value. */
    byte[] copyValue() {
        LargeValue complete = checkedValue();
        return Arrays.copyOfRange(complete.array(), complete.offset(), complete.offset() + complete.length());
    }

    /** Tells of the complete value whether it ended where the command line said. */
    boolean endsWell() {
        return lineEnd.length == 0 || (lineEnd[0] == '\r' && lineEnd[1] == '\n');
    }

    /** Stores the complete value; null: it didn't end where the command line said. */
    @Nullable StoreResult finish() {
        LargeValue complete = checkedValue();
        if (!endsWell()) {
            complete.release();
            forget();
            return null;
        }
        ItemUpdate store = update.value(complete);
        update = new ItemUpdate();
        StoreResult result = cache.store(mode, store);
        forget(); // last: where an error came before, abandon() gives the room back
        storedCas = store.casUnique();
        storedLength = store.storedLength();
        return result;
    }

    /** The CAS unique of what was stored last. */
    long storedCas() {
        return storedCas;
    }

    /** The length of what was stored last. */
    int storedLength() {
        return storedLength;
    }

    /** Gives the room back when the value will never be complete. */
    void abandon() {
        if (value != null) {
            value.release();
            forget();
        }
    }

    /** A session that waits for its next command keeps no value alive. */
    private void forget() {
        value = null;
        room = NO_ROOM;
    }

    private LargeValue checkedValue() {
        if (value == null) {
            throw new IllegalStateException("begin() a command first");
        }
        return value;
    }
}
