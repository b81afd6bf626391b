package io.github.embeddedmemcached.internal.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Base64 with the standard alphabet and padding, for keys. Decoding is as lenient as in memcached, which skips characters outside the
 * alphabet and stops after the padding. The JDK's decoder does neither, and allocates an array for each key.
 */
public final class Base64 {
    private static final byte[] ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".getBytes(StandardCharsets.US_ASCII);
    private static final byte PAD = '=';
    private static final int PADS_MAX = 2;

    /** The value of each character, or {@link #SKIPPED}. */
    private static final byte[] SEXTETS = new byte[256];

    private static final byte SKIPPED = -1;

    static {
        Arrays.fill(SEXTETS, SKIPPED);
        for (int i = 0; i < ALPHABET.length; i++) {
            SEXTETS[ALPHABET[i]] = (byte) i;
        }
        SEXTETS[PAD] = 0;
    }

    private Base64() {}

    /** Returns the encoded length of this many bytes. */
    public static int encodedLength(int length) {
        return (length + 2) / 3 * 4;
    }

    /** Encodes bytes; returns the offset after the encoded ones. */
    public static int encode(byte[] source, int offset, int length, byte[] target, int targetOffset) {
        int end = offset + length;
        int i = targetOffset;
        for (int from = offset; from < end; from += 3) {
            int left = end - from;
            int bits = (source[from] & 0xFF) << 16
                    | (left > 1 ? (source[from + 1] & 0xFF) << 8 : 0)
                    | (left > 2 ? source[from + 2] & 0xFF : 0);
            target[i++] = ALPHABET[bits >> 18];
            target[i++] = ALPHABET[bits >> 12 & 0x3F];
            target[i++] = left > 1 ? ALPHABET[bits >> 6 & 0x3F] : PAD;
            target[i++] = left > 2 ? ALPHABET[bits & 0x3F] : PAD;
        }
        return i;
    }

    /** Decodes into the beginning of an array; returns the number of bytes, or 0 if the input is not base64. */
    public static int decode(byte[] source, int from, int to, byte[] target) {
        int characters = 0;
        for (int i = from; i < to; i++) {
            characters += SEXTETS[source[i] & 0xFF] == SKIPPED ? 0 : 1;
        }
        if (characters % 4 != 0) {
            return 0;
        }
        int length = 0;
        int bits = 0;
        int inBlock = 0;
        int pads = 0;
        for (int i = from; i < to && pads == 0 | inBlock > 0; i++) {
            int sextet = SEXTETS[source[i] & 0xFF];
            if (sextet == SKIPPED) {
                continue;
            }
            pads += source[i] == PAD ? 1 : 0;
            bits = bits << 6 | sextet;
            if (++inBlock == 4) {
                target[length] = (byte) (bits >> 16);
                target[length + 1] = (byte) (bits >> 8);
                target[length + 2] = (byte) bits;
                length += 3;
                inBlock = 0;
            }
        }
        return pads > PADS_MAX ? 0 : length - pads;
    }
}
