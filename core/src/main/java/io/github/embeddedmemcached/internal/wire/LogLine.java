package io.github.embeddedmemcached.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds a line that contains keys, which are percent-encoded as in a URI, so that no byte of a key ends the line. */
public final class LogLine {
    /** The default initial capacity: enough for a fully encoded key of usual length and the rest of a line. */
    private static final int INITIAL_CAPACITY = 256;

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int length;

    public LogLine(int initialCapacity) {
        bytes = new byte[initialCapacity];
    }

    public LogLine() {
        this(INITIAL_CAPACITY);
    }

    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Removes everything, to build another line. */
    public LogLine clear() {
        length = 0;
        return this;
    }

    /** Appends ASCII. */
    public LogLine text(String text) {
        ensureCapacity(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    /** Appends an unsigned number. */
    public LogLine number(long value) {
        ensureCapacity(AsciiNumbers.LENGTH_MAX);
        length = AsciiNumbers.putUnsigned(value, bytes, length);
        return this;
    }

    /** Appends a signed number. */
    public LogLine signed(long value) {
        return value < 0 ? text("-").number(-value) : number(value);
    }

    /** Appends bytes as they are. */
    public LogLine raw(byte[] source, int offset, int count) {
        ensureCapacity(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** Appends bytes in base64. */
    public LogLine base64(byte[] source, int offset, int count) {
        ensureCapacity(Base64.encodedLength(count));
        length = Base64.encode(source, offset, count, bytes, length);
        return this;
    }

    /** Appends a key; a byte that is not a letter, a digit or one of {@code -_.~} becomes % and two hexadecimal digits. */
    public LogLine key(byte[] key, int offset, int count) {
        ensureCapacity(3 * count);
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
    public LogLine end() {
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

    private void ensureCapacity(int count) {
        if (count > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + count, 2 * bytes.length));
        }
    }
}
