package io.github.embeddedmemcached.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Shows bytes that clients have chosen, so that they can't control the terminal on which a log or a dump is read. Escaped are control
 * characters, those of C1 too, and characters that are invisible or change the direction of text.
 */
final class Printable {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private Printable() {}

    /** For logs: the text as it is if there is nothing to escape, otherwise as {@link #append} shows it. */
    static String text(byte[] bytes, int from, int to) {
        String text = CommandDraft.text(bytes, from, to);
        if (!isHarmful(text)) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length() + 16);
        append(shown, text, text.length());
        return shown.toString();
    }

    /** Appends the first characters of a text with {@code \x1b}, {@code &#92;u202e}, {@code \r}, {@code \n} and {@code \\}. */
    static void append(StringBuilder shown, String text, int length) {
        for (int i = 0; i < length; ) {
            int codePoint = text.codePointAt(i);
            int chars = Character.charCount(codePoint);
            switch (codePoint) {
                case '\r' -> shown.append("\\r");
                case '\n' -> shown.append("\\n");
                case '\\' -> shown.append("\\\\");
                default -> {
                    if (!isHarmful(codePoint)) {
                        shown.appendCodePoint(codePoint);
                    } else if (codePoint < 0x100) {
                        shown.append(String.format("\\x%02x", codePoint));
                    } else {
                        text.substring(i, i + chars).chars().forEach(c -> shown.append(String.format("\\u%04x", c)));
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
                || type == Character.SURROGATE; // half of a pair
    }

    /** Returns whether {@link #key} would change a key; quick for visible ASCII, which nearly all keys are. */
    static boolean isHarmful(byte[] key, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (key[i] < ' ' || key[i] == 0x7F) {
                return isHarmful(CommandDraft.text(key, offset, offset + length));
            }
        }
        return false;
    }

    /** For dumps: the bytes of harmful characters as {@code %1B}, all others as they are. */
    static byte[] key(byte[] key, int offset, int length) {
        if (!isHarmful(key, offset, length)) {
            return Arrays.copyOfRange(key, offset, offset + length);
        }
        String text = CommandDraft.text(key, offset, offset + length);
        boolean isUtf8 = text.getBytes(StandardCharsets.UTF_8).length == length;
        ByteArrayOutputStream shown = new ByteArrayOutputStream(3 * length);
        text.codePoints().forEach(codePoint -> {
            byte[] bytes = isUtf8
                    ? Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)
                    : new byte[] {(byte) codePoint};
            for (byte b : bytes) {
                if (isHarmful(codePoint)) {
                    shown.write('%');
                    shown.write(HEX[b >> 4 & 0xF]);
                    shown.write(HEX[b & 0xF]);
                } else {
                    shown.write(b);
                }
            }
        });
        return shown.toByteArray();
    }
}
