package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Puts a line together that tells of keys: they are written as in a URI, so that no byte of theirs breaks the line. */
final class LogLine {
    /** A key all of whose bytes are escaped, and the rest of a line. */
    private static final int LENGTH_EXPECTED = 256;

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int length;

    LogLine(int lengthExpected) {
        bytes = new byte[lengthExpected];
    }

    LogLine() {
        this(LENGTH_EXPECTED);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Begins another line. */
    LogLine clear() {
        length = 0;
        return this;
    }

    /** Appends ASCII. */
    LogLine text(String text) {
        ensureRoom(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    /** Appends an unsigned number. */
    LogLine number(long value) {
        ensureRoom(AsciiNumbers.LENGTH_MAX);
        length = AsciiNumbers.putUnsigned(value, bytes, length);
        return this;
    }

    /** Appends a number that may be -1 or less. */
    LogLine signed(long value) {
        return value < 0 ? text("-").number(-value) : number(value);
    }

    /** Appends bytes as they are. */
    LogLine raw(byte[] source, int offset, int count) {
        ensureRoom(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** Appends bytes in base64. */
    LogLine base64(byte[] source, int offset, int count) {
        ensureRoom(Base64.encodedLength(count));
        length = Base64.encode(source, offset, count, bytes, length);
        return this;
    }

    /** Appends a key; what isn't a letter, a digit or one of {@code -_.~} becomes % and two hexadecimal digits. */
    LogLine key(byte[] key, int offset, int count) {
        ensureRoom(3 * count);
        for (int i = offset; i < offset + count; i++) {
            byte b = key[i];
            if (isUnreserved(b)) {
                bytes[length++] = b;
            } else {
                bytes[length++] = '%';
                bytes[length++] = HEX[b >> 4 & 0xF];
                bytes[length++] = HEX[b & 0xF];
            }
        }
        return this;
    }

    /** Ends the line. */
    LogLine end() {
        return text("\n");
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '_'
                || b == '.'
                || b == '~';
    }

    private void ensureRoom(int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
        }
    }
}
