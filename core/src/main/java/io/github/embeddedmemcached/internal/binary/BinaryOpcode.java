package io.github.embeddedmemcached.internal.binary;

import java.util.Arrays;

/**
 * The commands of the binary protocol, each with its code and that of its quiet form, where it has one: a quiet get says nothing
 * of a miss, every other quiet command says nothing when all went well. What has another code is {@link #UNKNOWN}, the range
 * operations among it, which no memcached ever had.
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

    /** Which parts the body of a request has. */
    enum Shape {
        EMPTY(0, Part.NEVER, Part.NEVER),
        KEY(0, Part.ALWAYS, Part.NEVER),
        /** flags 4, exptime 4 | key | value */
        ITEM(8, Part.ALWAYS, Part.PERHAPS),
        /** key | value */
        PIECE(0, Part.ALWAYS, Part.PERHAPS),
        /** delta 8, initial number 8, exptime 4 | key */
        DELTA(20, Part.ALWAYS, Part.NEVER),
        /** exptime 4 | key */
        TOUCH(4, Part.ALWAYS, Part.NEVER),
        /** exptime 4, or nothing */
        FLUSH(4, Part.NEVER, Part.NEVER),
        /** level 4 */
        LEVEL(4, Part.NEVER, Part.NEVER),
        /** key, or nothing */
        NAME(0, Part.PERHAPS, Part.NEVER),
        ANY(0, Part.PERHAPS, Part.PERHAPS);

        private final int extrasLength;
        private final Part key;
        private final Part value;

        Shape(int extrasLength, Part key, Part value) {
            this.extrasLength = extrasLength;
            this.key = key;
            this.value = value;
        }

        /** Tells whether a request has the parts that it must have, and no others. */
        boolean fits(BinaryRequest request) {
            return this == ANY
                    || (hasExtras(request.extrasLength)
                            && key.allows(request.keyLength)
                            && value.allows(request.valueLength));
        }

        private boolean hasExtras(int length) {
            return length == extrasLength || (this == FLUSH && length == 0);
        }
    }

    private enum Part {
        NEVER,
        PERHAPS,
        ALWAYS;

        boolean allows(long length) {
            return switch (this) {
                case NEVER -> length == 0;
                case PERHAPS -> true;
                case ALWAYS -> length > 0;
            };
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

    /** Tells whether the command brings a value to be stored. */
    boolean stores() {
        return switch (this) {
            case SET, ADD, REPLACE, APPEND, PREPEND -> true;
            default -> false;
        };
    }

    /** Tells whether who has to log in may use the command before. */
    boolean isForAnybody() {
        return switch (this) {
            case VERSION, SASL_LIST, SASL_AUTH, SASL_STEP -> true;
            default -> false;
        };
    }
}
