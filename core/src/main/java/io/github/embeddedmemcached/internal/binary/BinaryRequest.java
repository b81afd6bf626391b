package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.BinaryNumbers;

/**
 * One request of the binary protocol. A session has one and fills it again for each; offsets point into the bytes that were
 * parsed.
 *
 * <pre>
 *  0       1       2           4       5         6           8              12       16           24
 *  +-------+-------+-----------+-------+---------+-----------+--------------+--------+------------+--------+-----+-------+
 *  | magic | opcode| key length| extras| datatype| vbucket   | body length  | opaque | CAS unique | extras | key | value |
 *  |  0x80 |       |           | length| ignored | ignored   | all that     |        |            |        |     |       |
 *  |     1 |     1 |         2 |     1 |       1 |         2 | follows:   4 |      4 |          8 |        |     |       |
 *  +-------+-------+-----------+-------+---------+-----------+--------------+--------+------------+--------+-----+-------+
 * </pre>
 *
 * An answer has the magic 0x81, and the status in place of the vbucket.
 */
public final class BinaryRequest {
    // Where the parts of the header are.
    /** A longer body isn't waited for; memcached's number. */
    private static final long BODY_LENGTH_MAX = 1 << 30;

    /** The byte that asks for the {@link #opcode}: the answer shows it. */
    byte code;

    public BinaryOpcode opcode = BinaryOpcode.UNKNOWN;
    boolean quiet;
    int extrasLength;
    public int keyLength;

    /** What the body has beside extras and key; negative: the body is too short for them. */
    public long valueLength;

    /** Whatever the client likes: the answer shows it. */
    int opaque;

    /** The CAS unique that the item must have; 0 is for any. */
    long casUnique;

    int extrasOffset;
    public int keyOffset;
    public int valueOffset;

    // What the extras say; which of it means something depends on the opcode.
    int flags;
    long exptimeSeconds;
    long delta;
    long initialNumber;
    long level;

    /** Reads the header at bytes[offset..offset + BinaryHeader.LENGTH). */
    void parseHeader(byte[] bytes, int offset) {
        code = bytes[offset + BinaryHeader.OPCODE];
        opcode = BinaryOpcode.of(code);
        quiet = opcode.isQuiet(code);
        keyLength = BinaryNumbers.uint16(bytes, offset + BinaryHeader.KEY_LENGTH);
        extrasLength = bytes[offset + BinaryHeader.EXTRAS_LENGTH] & 0xFF;
        opaque = BinaryNumbers.int32(bytes, offset + BinaryHeader.OPAQUE);
        casUnique = BinaryNumbers.int64(bytes, offset + BinaryHeader.CAS_UNIQUE);
        valueLength = BinaryNumbers.uint32(bytes, offset + BinaryHeader.BODY_LENGTH) - extrasLength - keyLength;
        extrasOffset = offset + BinaryHeader.LENGTH;
        keyOffset = extrasOffset + extrasLength;
        valueOffset = keyOffset + keyLength;
    }

    /** Reads the extras of a request that {@link #isWellFormed}, and whose extras have arrived. */
    void parseExtras(byte[] bytes) {
        exptimeSeconds = 0;
        switch (opcode.shape()) {
            case ITEM -> {
                flags = BinaryNumbers.int32(bytes, extrasOffset);
                exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset + 4);
            }
            case DELTA -> {
                delta = BinaryNumbers.int64(bytes, extrasOffset);
                initialNumber = BinaryNumbers.int64(bytes, extrasOffset + 8);
                exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset + 16);
            }
            case TOUCH -> exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset);
            case FLUSH -> exptimeSeconds = extrasLength == 0 ? 0 : BinaryNumbers.uint32(bytes, extrasOffset);
            case LEVEL -> level = BinaryNumbers.uint32(bytes, extrasOffset);
            case PIECE -> flags = 0;
            case EMPTY, KEY, NAME, ANY -> {}
        }
    }

    /** Tells whether the body is too short for what it is said to have. */
    boolean isBroken() {
        return valueLength < 0;
    }

    /** Forgets the request before what is none: an answer to that shows nothing of it. */
    void clear() {
        code = 0;
        opcode = BinaryOpcode.UNKNOWN;
        opaque = 0;
    }

    /** Header, extras and key. */
    int lengthBeforeValue() {
        return BinaryHeader.LENGTH + extrasLength + keyLength;
    }

    /** Tells whether the body is as long as the opcode demands, and as the limits allow. */
    boolean isWellFormed() {
        return keyLength <= ItemSize.KEY_LENGTH_MAX
                && extrasLength + keyLength + valueLength <= BODY_LENGTH_MAX
                && opcode.shape().fits(this);
    }
}
