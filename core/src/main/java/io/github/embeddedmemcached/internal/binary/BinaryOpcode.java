package io.github.embeddedmemcached.internal.binary;

import java.util.Arrays;

/**
 * The commands of the binary protocol, with the codes of the command and of its quiet form, if there is one. A quiet get has no reply
 * to a miss. Other quiet commands have no reply if they succeed. All other codes are {@link #UNKNOWN}, including the range operations,
 * which memcached has never implemented.
 */
public enum BinaryOpcode {
    GET(0x00, 0x09, Shape.KEY),
    SET(0x01, 0x11, Shape.ITEM),
    ADD(0x02, 0x12, Shape.ITEM),
    REPLACE(0x03, 0x13, Shape.ITEM),
    DELETE(0x04, 0x14, Shape.KEY),
    INCREMENT(0x05, 0x15, Shape.DELTA),
    DECREMENT(0x06, 0x16, Shape.DELTA),
    QUIT(0x07, 0x17, Shape.EMPTY),
    FLUSH(0x08, 0x18, Shape.FLUSH),
    NOOP(0x0a, Shape.EMPTY),
    VERSION(0x0b, Shape.EMPTY),
    GETK(0x0c, 0x0d, Shape.KEY),
    APPEND(0x0e, 0x19, Shape.PIECE),
    PREPEND(0x0f, 0x1a, Shape.PIECE),
    STAT(0x10, Shape.NAME),
    VERBOSITY(0x1b, Shape.LEVEL),
    TOUCH(0x1c, Shape.TOUCH),
    GAT(0x1d, 0x1e, Shape.TOUCH),
    SASL_LIST(0x20, Shape.EMPTY),
    SASL_AUTH(0x21, Shape.PIECE),
    SASL_STEP(0x22, Shape.PIECE),
    GATK(0x23, 0x24, Shape.TOUCH),
    UNKNOWN(-1, Shape.ANY);

    /** The parts of the body of a request. */
    enum Shape {
        EMPTY(0, false, false),
        KEY(0, true, false),
        /** flags 4, exptime 4 | key | value */
        ITEM(8, true, true),
        /** key | value */
        PIECE(0, true, true),
        /** delta 8, initial number 8, exptime 4 | key */
        DELTA(20, true, false),
        /** exptime 4 | key */
        TOUCH(4, true, false),
        /** exptime 4, or nothing */
        FLUSH(4, false, false),
        /** level 4 */
        LEVEL(4, false, false),
        /** key, or nothing */
        NAME(0, false, false),
        ANY(0, false, true);

        private final int extrasLength;
        private final boolean needsKey;
        private final boolean allowsValue;

        Shape(int extrasLength, boolean needsKey, boolean allowsValue) {
            this.extrasLength = extrasLength;
            this.needsKey = needsKey;
            this.allowsValue = allowsValue;
        }

        /** Returns whether a request has the required parts, and no others. */
        boolean matches(BinaryRequest request) {
            return this == ANY
                    || (hasExtras(request.extrasLength)
                            && hasKey(request.keyLength)
                            && (allowsValue || request.valueLength == 0));
        }

        private boolean hasExtras(int length) {
            return length == extrasLength || (this == FLUSH && length == 0);
        }

        private boolean hasKey(int length) {
            return needsKey == (length > 0) || this == NAME;
        }
    }

    private static final int CODES = 256;
    private static final int NO_CODE = -1;
    private static final BinaryOpcode[] BY_CODE = new BinaryOpcode[CODES];

    static {
        Arrays.fill(BY_CODE, UNKNOWN);
        for (BinaryOpcode opcode : values()) {
            if (opcode.code != NO_CODE) {
                BY_CODE[opcode.code] = opcode;
            }
            if (opcode.quietCode != NO_CODE) {
                BY_CODE[opcode.quietCode] = opcode;
            }
        }
    }

    private final int code;
    private final int quietCode;
    private final Shape shape;

    BinaryOpcode(int code, int quietCode, Shape shape) {
        this.code = code;
        this.quietCode = quietCode;
        this.shape = shape;
    }

    BinaryOpcode(int code, Shape shape) {
        this(code, NO_CODE, shape);
    }

    static BinaryOpcode of(byte code) {
        return BY_CODE[code & 0xFF];
    }

    boolean isQuiet(byte code) {
        return (code & 0xFF) == quietCode;
    }

    Shape shape() {
        return shape;
    }

    /** Returns whether the command stores the value of the request. */
    boolean stores() {
        return shape == Shape.ITEM || this == APPEND || this == PREPEND;
    }

    /** Returns whether a client may use the command before it has authenticated. */
    boolean isAllowedUnauthenticated() {
        return this == VERSION || isSasl();
    }

    boolean isSasl() {
        return this == SASL_LIST || this == SASL_AUTH || this == SASL_STEP;
    }
}
