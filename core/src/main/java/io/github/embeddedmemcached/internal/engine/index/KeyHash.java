package io.github.embeddedmemcached.internal.engine.index;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.SplittableRandom;

/**
 * A keyed 64-bit hash of the items' keys: SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012).
 *
 * <p>The index's chains are only short if clients cannot choose keys that collide. SipHash is a pseudorandom function: without its
 * 128-bit key, its outputs cannot be distinguished from random numbers, whatever the inputs and however many outputs are known. No set of
 * keys that collide for all or many hash keys is therefore known, and a collision that is observed, by the duration of requests,
 * does not help to find further ones. The variant with one round for each eight bytes and three at the end is what the hash tables of
 * Rust, Python and Ruby use; no attack on it is known that is faster than guessing.
 *
 * <p>Rejected: hashes that multiply eight bytes at a time (wyhash and its relatives). They take 4 to 7 ns less for a short key, but
 * their resistance is an assumption that has failed before: for an odd multiplier, the folded signed products of x and -x differ in
 * one bit only, whatever the multiplier, which makes collisions that do not depend on the secret. Universal hashes by multiplication (NH, multilinear) have a proof for keys chosen blindly, but are linear: one collision
 * that is observed leads to any number of them.
 *
 * <p>Immutable. Not final, so that tests can supply a hash that collides.
 */
public class KeyHash {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final String RANDOM_DEVICE = "/dev/urandom";
    private static final int KEY_BYTES = 2 * Long.BYTES;

    // The initial state for a key of zeros: "somepseudorandomlygeneratedbytes".
    private static final long INITIAL_0 = 0x736f6d6570736575L;
    private static final long INITIAL_1 = 0x646f72616e646f6dL;
    private static final long INITIAL_2 = 0x6c7967656e657261L;
    private static final long INITIAL_3 = 0x7465646279746573L;

    private final long key0;
    private final long key1;

    public KeyHash(long key0, long key1) {
        this.key0 = key0;
        this.key1 = key1;
    }

    /**
     * Returns a hash with a key that is unpredictable outside of this process. It is read from the operating system's random device
     * if there is one: initializing {@link SecureRandom} takes 12 to 23 ms when a JVM starts.
     */
    public static KeyHash withRandomKey() {
        byte[] bytes = new byte[KEY_BYTES];
        if (!readRandomDevice(bytes)) {
            new SecureRandom().nextBytes(bytes);
        }
        ByteBuffer key = ByteBuffer.wrap(bytes);
        return new KeyHash(key.getLong(), key.getLong());
    }

    /** Returns the same hash each time for the same seed, for tests and benchmarks. */
    public static KeyHash withSeed(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new KeyHash(random.nextLong(), random.nextLong());
    }

    private static boolean readRandomDevice(byte[] bytes) {
        try (InputStream device = new FileInputStream(RANDOM_DEVICE)) {
            return device.readNBytes(bytes, 0, bytes.length) == bytes.length;
        } catch (IOException e) {
            return false; // Windows, or no access to the device
        }
    }

    /** Hashes a range of an array. */
    public long hash(byte[] bytes, int offset, int length) {
        long v0 = key0 ^ INITIAL_0;
        long v1 = key1 ^ INITIAL_1;
        long v2 = key0 ^ INITIAL_2;
        long v3 = key1 ^ INITIAL_3;
        int end = offset + length;
        int index = offset;
        // The last round with input processes the remaining bytes and the length; three rounds without input follow.
        long word;
        while (true) {
            boolean isLast = end - index < Long.BYTES;
            word = isLast ? lastWord(bytes, index, end, length) : (long) LONG.get(bytes, index);
            v3 ^= word;
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
            v0 ^= word;
            if (isLast) {
                break;
            }
            index += Long.BYTES;
        }
        v2 ^= 0xFF;
        for (int i = 0; i < 3; i++) {
            v0 += v1;
            v2 += v3;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    /** Returns a word of the up to seven remaining bytes, with the length in the highest byte. */
    private static long lastWord(byte[] bytes, int index, int end, int length) {
        long word = (long) length << 56;
        int remaining = end - index;
        if (remaining == 0) {
            return word;
        }
        if (end >= Long.BYTES) { // one read, which includes preceding bytes
            return word | (long) LONG.get(bytes, end - Long.BYTES) >>> (Long.SIZE - remaining * Byte.SIZE);
        }
        for (int i = 0; i < remaining; i++) {
            word |= (bytes[index + i] & 0xFFL) << i * Byte.SIZE;
        }
        return word;
    }
}
