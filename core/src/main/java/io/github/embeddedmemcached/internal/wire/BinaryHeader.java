package io.github.embeddedmemcached.internal.wire;

/** The header of binary requests and responses: offsets of its fields. */
public final class BinaryHeader {
    /** The first byte of a request. */
    public static final byte MAGIC = (byte) 0x80;

    /** The first byte of a response. */
    public static final byte RESPONSE_MAGIC = (byte) 0x81;

    public static final int LENGTH = 24;

    public static final int OPCODE = 1;
    public static final int KEY_LENGTH = 2;
    public static final int EXTRAS_LENGTH = 4;
    public static final int STATUS = 6;
    public static final int BODY_LENGTH = 8;
    public static final int OPAQUE = 12;
    public static final int CAS_UNIQUE = 16;

    private BinaryHeader() {}
}
