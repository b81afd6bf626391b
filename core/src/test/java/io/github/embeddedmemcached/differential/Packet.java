package io.github.embeddedmemcached.differential;

/**
 * A request or a reply of the binary protocol, possibly followed by other bytes.
 *
 * @param bytes one char per byte
 */
record Packet(String bytes) {
    static final int HEADER_LENGTH = 24;
    static final int CAS_OFFSET = 16;

    private static final int CAS_LENGTH = 8;
    private static final int COMPLETED_LENGTH_MAX = 1 << 20;

    /** Truncates or pads a packet to the length that memcached needs before it replies to a malformed one. */
    static String completed(String bytes) {
        String header = bytes + "\0".repeat(Math.max(0, HEADER_LENGTH - bytes.length()));
        Packet packet = new Packet(header);
        long body = Math.max(packet.bodyLength(), packet.keyLength() + packet.extrasLength());
        int length = HEADER_LENGTH + (int) Math.min(body, COMPLETED_LENGTH_MAX);
        return header.length() >= length ? header.substring(0, length) : header + "\0".repeat(length - header.length());
    }

    boolean isComplete() {
        return bytes.length() >= HEADER_LENGTH
                && bytes.length() >= length()
                && bodyLength() >= keyLength() + extrasLength();
    }

    int opcode() {
        return bytes.charAt(1);
    }

    int keyLength() {
        return (int) number(2, 2);
    }

    int extrasLength() {
        return bytes.charAt(4);
    }

    int status() {
        return (int) number(6, 2);
    }

    long bodyLength() {
        return number(8, 4);
    }

    long length() {
        return HEADER_LENGTH + bodyLength();
    }

    long casUnique() {
        return number(CAS_OFFSET, CAS_LENGTH);
    }

    String extras() {
        return bytes.substring(HEADER_LENGTH, HEADER_LENGTH + extrasLength());
    }

    String key() {
        int offset = HEADER_LENGTH + extrasLength();
        return bytes.substring(offset, offset + keyLength());
    }

    /** Returns the packet with another CAS unique. */
    String withCasUnique(long casUnique) {
        return bytes.substring(0, CAS_OFFSET) + casBytes(casUnique) + bytes.substring(HEADER_LENGTH);
    }

    static String casBytes(long casUnique) {
        StringBuilder written = new StringBuilder();
        for (int shift = (CAS_LENGTH - 1) * 8; shift >= 0; shift -= 8) {
            written.append((char) (casUnique >>> shift & 0xFF));
        }
        return written.toString();
    }

    private long number(int offset, int length) {
        long number = 0;
        for (int i = offset; i < offset + length; i++) {
            number = number << 8 | bytes.charAt(i);
        }
        return number;
    }
}
