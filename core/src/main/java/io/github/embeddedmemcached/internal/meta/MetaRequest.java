package io.github.embeddedmemcached.internal.meta;

import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.wire.Base64;
import org.jspecify.annotations.Nullable;

/**
 * What a meta command asks for beside the {@link Request} that it belongs to: its flags in the order they were given in, which is
 * that of the answer, and their tokens as numbers. Key and opaque point into the line, but for a key that came in base64.
 */
public final class MetaRequest {
    /** Flags are single letters: one bit each. */
    private static final char FLAG_MIN = 'A';

    private final byte[] flags = new byte[MetaParser.FLAGS_MAX];
    private int count;
    private long seen;

    /** The key, decoded. */
    public byte[] key = {};

    public int keyOffset;
    public int keyLength;

    /** The opaque with its O before it. */
    public byte[] opaque = {};

    public int opaqueOffset;
    public int opaqueLength;

    // The tokens; which were given, the flags say.
    public int exptimeSeconds;
    int vivifyExptimeSeconds;
    int recacheSeconds;
    public int clientFlags;
    public long expectedCas;
    long givenCas;
    long initialNumber;
    public long delta;
    byte mode;

    private final byte[] ownKey = new byte[ItemSize.KEY_LENGTH_MAX];
    private final byte[] ownOpaque = new byte[MetaParser.OPAQUE_LENGTH_MAX];

    void clear() {
        count = 0;
        seen = 0;
        opaqueLength = 0;
        clientFlags = 0;
        initialNumber = 0;
        delta = 1;
        mode = 0;
    }

    /** Whether a byte may begin a flag, known or not; digits may too, but are never known. */
    static boolean isFlag(byte letter) {
        return (letter >= FLAG_MIN && letter <= 'z') || (letter >= '0' && letter <= '9');
    }

    /** Notes a flag. False: it was there already. */
    boolean add(byte letter) {
        if (letter < FLAG_MIN) {
            return true; // a digit, and no command's
        }
        if (has((char) letter)) {
            return false;
        }
        seen |= bit((char) letter);
        flags[count++] = letter;
        return true;
    }

    public boolean has(char letter) {
        return (seen & bit(letter)) != 0;
    }

    /** Whether there are flags of a {@link #mask}. */
    boolean hasAny(long mask) {
        return (seen & mask) != 0;
    }

    static long mask(String letters) {
        long mask = 0;
        for (char letter : letters.toCharArray()) {
            mask |= bit(letter);
        }
        return mask;
    }

    private static long bit(char letter) {
        return 1L << (letter - FLAG_MIN);
    }

    int count() {
        return count;
    }

    byte flag(int index) {
        return flags[index];
    }

    boolean hasBinaryKey() {
        return has('b');
    }

    /** Whether the opaque is too long; mg and ma only say so when they have done their work. */
    boolean hasLongOpaque() {
        return opaqueLength > MetaParser.OPAQUE_LENGTH_MAX;
    }

    public void key(byte[] bytes, int offset, int length) {
        key = bytes;
        keyOffset = offset;
        keyLength = length;
    }

    /** Takes the key for base64 and decodes it. False: it is none. */
    boolean decodeKey() {
        int length = Base64.decode(key, keyOffset, keyOffset + keyLength, ownKey);
        if (length == 0) {
            return false;
        }
        key(ownKey, 0, length);
        return true;
    }

    /** Copies what points into the line, which will be gone before the command is answered. */
    void outliveLine() {
        System.arraycopy(key, keyOffset, ownKey, 0, keyLength);
        key(ownKey, 0, keyLength);
        System.arraycopy(opaque, opaqueOffset, ownOpaque, 0, opaqueLength);
        opaque = ownOpaque;
        opaqueOffset = 0;
    }

    /** The mode of ms; null is none of its letters. */
    @Nullable StoreMode storeMode() {
        return switch (mode) {
            case 0, 'S' -> StoreMode.SET;
            case 'E' -> StoreMode.ADD;
            case 'A' -> StoreMode.APPEND;
            case 'P' -> StoreMode.PREPEND;
            case 'R' -> StoreMode.REPLACE;
            default -> null;
        };
    }

    /** Whether the mode of ma is one of its letters. */
    boolean isDeltaMode() {
        return mode == 0 || mode == 'I' || mode == '+' || decrements();
    }

    boolean decrements() {
        return mode == 'D' || mode == '-';
    }
}
