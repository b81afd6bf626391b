package io.github.embeddedmemcached.internal.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Escapes bytes that clients have chosen, so that they cannot control the terminal on which a log or a dump is read. Escapes control
 * characters, including C1, and characters that are invisible or change the direction of text.
 */
public final class Printable {
    /** The character that replaces invalid bytes when UTF-8 is decoded. */
    private static final char REPLACEMENT = '\uFFFD';

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private Printable() {}

    /** Returns the text for a log, escaped as by {@link #append}. */
    public static String text(byte[] bytes, int from, int to) {
        String text = decode(bytes, from, to);
        if (!isHarmful(text)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        append(escaped, text, text.length());
        return escaped.toString();
    }

    /** Appends the first characters of a text, escaped as {@code \x1b}, {@code &#92;u202e}, {@code \r}, {@code \n} and {@code \\}. */
    public static void append(StringBuilder escaped, String text, int length) {
        for (int i = 0; i < length; ) {
            int codePoint = text.codePointAt(i);
            int chars = Character.charCount(codePoint);
            switch (codePoint) {
                case '\r' -> escaped.append("\\r");
                case '\n' -> escaped.append("\\n");
                case '\\' -> escaped.append("\\\\");
                default -> {
                    if (!isHarmful(codePoint)) {
                        escaped.appendCodePoint(codePoint);
                    } else if (codePoint < 0x100) {
                        escaped.append(String.format("\\x%02x", codePoint));
                    } else {
                        for (int j = i; j < i + chars; j++) {
                            escaped.append(String.format("\\u%04x", (int) text.charAt(j)));
                        }
                    }
                }
            }
            i += chars;
        }
    }

    private static boolean isHarmful(String text) {
        return text.codePoints().anyMatch(Printable::isHarmful);
    }

    private static boolean isHarmful(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.SURROGATE; // without its pair
    }

    /** Returns whether {@link #key} would change a key; fast for visible ASCII, which nearly all keys are. */
    public static boolean isHarmful(byte[] key, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (key[i] < ' ' || key[i] == 0x7F) {
                return isHarmful(decode(key, offset, offset + length));
            }
        }
        return false;
    }

    /** Returns a key for a dump: the bytes of harmful characters as {@code %1B}, all others unchanged. */
    public static byte[] key(byte[] key, int offset, int length) {
        if (!isHarmful(key, offset, length)) {
            return Arrays.copyOfRange(key, offset, offset + length);
        }
        String text = decode(key, offset, offset + length);
        boolean isUtf8 = text.getBytes(StandardCharsets.UTF_8).length == length;
        ByteArrayOutputStream escaped = new ByteArrayOutputStream(3 * length);
        text.codePoints().forEach(codePoint -> {
            byte[] bytes = isUtf8
                    ? Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)
                    : new byte[] {(byte) codePoint};
            for (byte b : bytes) {
                if (isHarmful(codePoint)) {
                    escaped.write('%');
                    escaped.write(HEX[b >> 4 & 0xF]);
                    escaped.write(HEX[b & 0xF]);
                } else {
                    escaped.write(b);
                }
            }
        });
        return escaped.toByteArray();
    }

    /** Decodes UTF-8; if the bytes are not valid UTF-8, each byte becomes a char. */
    public static String decode(byte[] bytes, int from, int to) {
        String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        return text.indexOf(REPLACEMENT) < 0 ? text : new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
