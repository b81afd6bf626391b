package io.github.embeddedmemcached.internal.meta;

import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.wire.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The part of a parsed meta command that its {@link Request} does not contain: its flags, in their order, which is also the order in the
 * reply, and their parsed tokens. Key and opaque are in the array of the line, except for a key in base64, which is decoded.
 */
public final class MetaRequest {
    /** The lowest letter that can be a flag; it has bit 0 of the {@link #flagBits}. */
    private static final char FLAG_MIN = 'A';

    private final byte[] flags = new byte[MetaParser.FLAGS_MAX];
    private int count;
    private long flagBits;

    /** The array with the decoded key. */
    public byte[] key = {};

    public int keyOffset;
    public int keyLength;

    /** The array with the opaque, which begins with its O. */
    public byte[] opaque = {};

    public int opaqueOffset;
    public int opaqueLength;

    // tokens, valid if the request has their flags
    public int exptimeSeconds;
    int vivifyExptimeSeconds;
    int recacheSeconds;
    public int clientFlags;
    public long expectedCas;
    long givenCas;
    long initialNumber;
    public long delta;
    byte mode;

    private final byte[] ownKey = new byte[ItemSize.CLIENT_KEY_LENGTH_MAX];
    private final byte[] ownOpaque = new byte[MetaParser.OPAQUE_LENGTH_MAX];

    void clear() {
        count = 0;
        flagBits = 0;
        opaqueLength = 0;
        clientFlags = 0;
        initialNumber = 0;
        delta = 1;
        mode = 0;
    }

    /** Returns whether a byte can begin a flag: a letter or a digit, although no command has a digit as a flag. */
    static boolean canBeFlag(byte letter) {
        return (letter >= FLAG_MIN && letter <= 'z') || (letter >= '0' && letter <= '9');
    }

    /** Adds a flag; returns false if it is a duplicate. */
    boolean add(byte letter) {
        if (letter < FLAG_MIN) {
            return true; // a digit, which no command has
        }
        if (has((char) letter)) {
            return false;
        }
        flagBits |= bit((char) letter);
        flags[count++] = letter;
        return true;
    }

    public boolean has(char letter) {
        return (flagBits & bit(letter)) != 0;
    }

    /** Returns whether the command has at least one of the flags of a {@link #mask}. */
    boolean hasAny(long mask) {
        return (flagBits & mask) != 0;
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

    /** Returns whether the opaque is too long. mg and ma check that only after they have been executed. */
    boolean hasLongOpaque() {
        return opaqueLength > MetaParser.OPAQUE_LENGTH_MAX;
    }

    void key(byte[] bytes, int offset, int length) {
        key = bytes;
        keyOffset = offset;
        keyLength = length;
    }

    /** Decodes the key from base64; returns false if it is not valid base64. */
    boolean decodeKey() {
        int length = Base64.decode(key, keyOffset, keyOffset + keyLength, ownKey);
        if (length == 0) {
            return false;
        }
        key(ownKey, 0, length);
        return true;
    }

    /** Copies the key and the opaque, because the line leaves the input window before the reply is written. */
    void copyFromLine() {
        System.arraycopy(key, keyOffset, ownKey, 0, keyLength);
        key(ownKey, 0, keyLength);
        System.arraycopy(opaque, opaqueOffset, ownOpaque, 0, opaqueLength);
        opaque = ownOpaque;
        opaqueOffset = 0;
    }

    /** Returns the mode of ms; null if it is invalid. */
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

    /** Returns whether the mode is valid for ma. */
    boolean hasValidMaMode() {
        return mode == 0 || mode == 'I' || mode == '+' || isDecrement();
    }

    boolean isDecrement() {
        return mode == 'D' || mode == '-';
    }
}
