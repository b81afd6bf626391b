package io.github.embeddedmemcached.internal.cli;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the private key of a PEM file. The format is detected from the structure of the content and not from the label, which is often
 * wrong:
 *
 * <pre>
 * PKCS #8    SEQUENCE { INTEGER version, SEQUENCE { OID algorithm, parameters }, OCTET STRING key, ... }
 * PKCS #1    SEQUENCE { INTEGER version, INTEGER modulus, ... }                                          RSA
 * SEC 1      SEQUENCE { INTEGER version, OCTET STRING key, [0] { OID curve }, [1] { public key } }       EC
 * encrypted  SEQUENCE { SEQUENCE { OID algorithm, parameters }, OCTET STRING }
 * </pre>
 *
 * Java's key factories read PKCS #8 only, so the two older formats are wrapped in it.
 */
final class PemKey {
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int OID = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int CONTEXT_0 = 0xA0;

    private static final byte[] VERSION_0 = {INTEGER, 1, 0};
    // OID 1.2.840.113549.1.1.1, NULL
    private static final byte[] RSA_ENCRYPTION = {
        OID, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 5, 0
    };
    // OID 1.2.840.10045.2.1
    private static final byte[] EC_PUBLIC_KEY = {OID, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1};

    private PemKey() {}

    /** Returns the first private key of the file. */
    static PrivateKey in(PemFile file) throws CommandLineException {
        byte @Nullable [] curve = null;
        for (PemFile.Block block : file.blocks()) {
            if (block.label().equals("EC PARAMETERS")) {
                curve = block.der();
            } else if (block.label().endsWith("PRIVATE KEY")) {
                if (block.encrypted() || isEncrypted(block.der())) {
                    throw file.invalid(
                            "can't be used, its private key is encrypted; \"" + command(file) + "\" decrypts it");
                }
                return key(file, block, curve);
            }
        }
        throw file.invalid("can't be used, there is no private key in it, only " + file.labels());
    }

    private static PrivateKey key(PemFile file, PemFile.Block block, byte @Nullable [] curve)
            throws CommandLineException {
        byte @Nullable [] pkcs8 = toPkcs8(block.der(), curve);
        if (pkcs8 != null) {
            for (String algorithm : ALGORITHMS) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
                } catch (InvalidKeySpecException | NoSuchAlgorithmException e) {
                    // it is a key for another algorithm
                }
            }
        }
        throw file.invalid("can't be used, this JVM does not support its private key: " + block.label()
                + " must be RSA, EC with a named curve, Ed25519 or Ed448; \"" + command(file)
                + "\" converts other formats");
    }

    private static String command(PemFile file) {
        return "openssl pkcs8 -topk8 -nocrypt -in " + quoted(file.path().toString()) + " -out "
                + quoted(file.path() + ".pkcs8");
    }

    private static String quoted(String path) {
        return path.matches("[\\w./:\\\\-]+") ? path : "'" + path + "'";
    }

    private static boolean isEncrypted(byte[] der) {
        try {
            Der outer = new Der(der).content(SEQUENCE);
            return outer.tag() == SEQUENCE;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Converts a key to PKCS #8; returns null if the format is unknown. */
    static byte @Nullable [] toPkcs8(byte[] der, byte @Nullable [] curve) {
        try {
            Der key = new Der(der).content(SEQUENCE);
            key.content(INTEGER);
            return switch (key.tag()) {
                case SEQUENCE -> der;
                case INTEGER -> wrap(RSA_ENCRYPTION, der);
                case OCTET_STRING -> {
                    key.content(OCTET_STRING);
                    byte[] named =
                            key.tag() == CONTEXT_0 ? key.content(CONTEXT_0).rest() : curve;
                    yield named == null ? null : wrap(concatenate(EC_PUBLIC_KEY, named), der);
                }
                default -> null;
            };
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, concatenate(VERSION_0, element(SEQUENCE, algorithm), element(OCTET_STRING, key)));
    }

    private static byte[] element(int tag, byte[] content) {
        int length = content.length;
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int lengthBytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | lengthBytes);
            for (int i = lengthBytes - 1; i >= 0; i--) {
                out.write(length >> 8 * i);
            }
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] concatenate(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Reads a sequence of DER elements. */
    private static final class Der {
        private static final int LENGTH_BYTES_MAX = 4;

        private final byte[] bytes;
        private final int end;
        private int position;

        Der(byte[] bytes) {
            this(bytes, 0, bytes.length);
        }

        private Der(byte[] bytes, int from, int to) {
            this.bytes = bytes;
            position = from;
            end = to;
        }

        /** Returns the tag of the next element; -1 at the end. */
        int tag() {
            return position < end ? bytes[position] & 0xFF : -1;
        }

        /** Returns the content of the next element and advances past it. */
        Der content(int expectedTag) throws GeneralSecurityException {
            if (tag() != expectedTag) {
                throw new GeneralSecurityException("unexpected tag");
            }
            position++;
            long length = length();
            if (length > end - position) {
                throw new GeneralSecurityException("unexpected end");
            }
            Der content = new Der(bytes, position, position + (int) length);
            position += (int) length;
            return content;
        }

        private long length() throws GeneralSecurityException {
            int first = next();
            if (first < 0x80) {
                return first;
            }
            int lengthBytes = first & 0x7F;
            if (lengthBytes > LENGTH_BYTES_MAX) {
                throw new GeneralSecurityException("unexpected length");
            }
            long length = 0;
            for (int i = 0; i < lengthBytes; i++) {
                length = length << 8 | next();
            }
            return length;
        }

        private int next() throws GeneralSecurityException {
            if (position == end) {
                throw new GeneralSecurityException("unexpected end");
            }
            return bytes[position++] & 0xFF;
        }

        byte[] rest() {
            return Arrays.copyOfRange(bytes, position, end);
        }
    }
}
