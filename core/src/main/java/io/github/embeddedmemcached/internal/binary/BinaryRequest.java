package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.BinaryNumbers;

/**
 * One request of the binary protocol. A session reuses the object for all requests. Offsets are indexes of the parsed bytes.
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
 * A reply has the magic 0x81, and the status in place of the vbucket.
 */
public final class BinaryRequest {
    /** The maximum length of a body, as in memcached. A request with a longer body is malformed. */
    private static final long BODY_LENGTH_MAX = 1 << 30;

    /** The code of the {@link #opcode} or of its quiet form. The reply repeats it. */
    byte code;

    BinaryOpcode opcode = BinaryOpcode.UNKNOWN;
    boolean quiet;
    int extrasLength;
    int keyLength;

    /** The length of the body without extras and key; negative if the body is too short for them. */
    long valueLength;

    /** A number that the reply repeats. */
    int opaque;

    /** The CAS unique that the item must have; 0 for any. */
    long casUnique;

    int extrasOffset;
    int keyOffset;
    int valueOffset;

    // The extras. The opcode determines which of these fields are set.
    int flags;
    long exptimeSeconds;
    long delta;
    long initialNumber;
    long level;

    /** Parses the header at bytes[offset..offset + BinaryHeader.LENGTH). */
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

    /** Parses the extras of a request that {@link #isWellFormed} and whose extras have arrived. */
    void parseExtras(byte[] bytes) {
        exptimeSeconds = 0;
        BinaryOpcode.Shape shape = opcode.shape();
        if (shape == BinaryOpcode.Shape.ITEM) {
            flags = BinaryNumbers.int32(bytes, extrasOffset);
            exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset + 4);
        } else if (shape == BinaryOpcode.Shape.DELTA) {
            delta = BinaryNumbers.int64(bytes, extrasOffset);
            initialNumber = BinaryNumbers.int64(bytes, extrasOffset + 8);
            exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset + 16);
        } else if (shape == BinaryOpcode.Shape.TOUCH || (shape == BinaryOpcode.Shape.FLUSH && extrasLength > 0)) {
            exptimeSeconds = BinaryNumbers.uint32(bytes, extrasOffset);
        } else if (shape == BinaryOpcode.Shape.LEVEL) {
            level = BinaryNumbers.uint32(bytes, extrasOffset);
        } else if (shape == BinaryOpcode.Shape.PIECE) {
            flags = 0;
        }
    }

    /** Returns whether the body is shorter than its extras and key. */
    boolean isBroken() {
        return valueLength < 0;
    }

    /** Clears the fields that a reply repeats, for a reply to input that is not a request. */
    void clear() {
        code = 0;
        opcode = BinaryOpcode.UNKNOWN;
        opaque = 0;
    }

    /** Returns the length of the header, extras and key. */
    int lengthBeforeValue() {
        return BinaryHeader.LENGTH + extrasLength + keyLength;
    }

    /** Returns whether the body has the parts that the opcode requires and does not exceed the limits. */
    boolean isWellFormed() {
        return keyLength <= ItemSize.CLIENT_KEY_LENGTH_MAX
                && extrasLength + keyLength + valueLength <= BODY_LENGTH_MAX
                && opcode.shape().matches(this);
    }
}
