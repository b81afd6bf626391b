package io.github.embeddedmemcached.internal.engine.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyHashTest {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int FLOOD = 1_000_000;
    private static final int FLOOD_KEY_BYTES = 248;

    /** Expected values: the reference implementation's for no bytes, and {@code hash(bytes(range(n)))} of CPython 3.11 with PYTHONHASHSEED=0. */
    @ParameterizedTest
    @CsvSource({
        "0, 0x0706050403020100, 0x0f0e0d0c0b0a0908, abac0158050fc4dc",
        "1, 0, 0, 68a914128e01e473",
        "4, 0, 0, 7cc43f98813e4dbd",
        "7, 0, 0, 2f098ab0c751325a",
        "8, 0, 0, ead411e67ebe2eea",
        "9, 0, 0, 75927f9d95124362",
        "15, 0, 0, f30eb725bb91c9ea",
        "16, 0, 0, 8972188433a5c5b7",
        "63, 0, 0, 385d3e39e5f37359",
        "250, 0, 0, 9e1b3d0e595bbeec"
    })
    void shouldBeSipHash13(int length, String key0, String key1, String expected) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        KeyHash hash = new KeyHash(Long.decode(key0), Long.decode(key1));
        assertThat(Long.toHexString(hash.hash(bytes, 0, length))).isEqualTo(expected);
    }

    @Test
    void shouldDependOnlyOnTheGivenRange() {
        KeyHash hash = KeyHash.withSeed(1);
        byte[] bytes = new byte[300];
        SplittableRandom random = new SplittableRandom(1);
        for (int length = 0; length <= 250; length++) {
            random.nextBytes(bytes);
            int offset = random.nextInt(20);
            byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
            assertThat(hash.hash(bytes, offset, length)).as("length %d", length).isEqualTo(hash.hash(copy, 0, length));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0xFF, 'a'})
    void shouldDifferForRepetitionsOfAByteOfAllLengths(int repeated) {
        byte[] bytes = new byte[250];
        Arrays.fill(bytes, (byte) repeated);
        KeyHash hash = KeyHash.withRandomKey();
        Set<Long> hashes = new HashSet<>();
        for (int length = 0; length <= bytes.length; length++) {
            hashes.add(hash.hash(bytes, 0, length));
        }
        assertThat(hashes).hasSize(bytes.length + 1);
    }

    @Test
    void shouldUseADifferentRandomKeyEachTime() {
        byte[] bytes = {1};
        Set<Long> hashes = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            hashes.add(KeyHash.withRandomKey().hash(bytes, 0, 1));
        }
        assertThat(hashes).hasSize(100);
    }

    /** Each flipped bit of the input flips each bit of the hash in half of all cases, within six standard deviations. */
    @ParameterizedTest
    @ValueSource(ints = {3, 7, 8, 9, 16, 29})
    void shouldFlipHalfOfTheBitsForEachBitOfTheKey(int length) {
        int samples = 1_000;
        KeyHash hash = KeyHash.withSeed(length);
        SplittableRandom random = new SplittableRandom(length);
        byte[] bytes = new byte[length];
        for (int bit = 0; bit < length * Byte.SIZE; bit++) {
            int[] flips = new int[Long.SIZE];
            for (int sample = 0; sample < samples; sample++) {
                random.nextBytes(bytes);
                long before = hash.hash(bytes, 0, length);
                bytes[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
                long differences = before ^ hash.hash(bytes, 0, length);
                for (int i = 0; i < Long.SIZE; i++) {
                    flips[i] += (int) (differences >>> i & 1);
                }
            }
            for (int count : flips) {
                assertThat(count).as("bit %d", bit).isBetween(405, 595);
            }
        }
    }

    /** For an odd signed multiplier, the products of x and -x lead to the same hash in half of all cases. */
    @Test
    void shouldNotCollideForTheDifferenceThatSignedProductsIgnore() {
        SplittableRandom random = new SplittableRandom(3);
        byte[] key = new byte[24];
        for (int i = 0; i < 100_000; i++) {
            KeyHash hash = new KeyHash(random.nextLong(), random.nextLong());
            random.nextBytes(key);
            long before = hash.hash(key, 0, key.length);
            toggle(key, 0);
            assertThat(hash.hash(key, 0, key.length)).isNotEqualTo(before);
        }
    }

    @Test
    void shouldBuildNoLongerChainsOfAMillionKeysWithThatDifferenceThanOfRandomKeys() {
        SplittableRandom random = new SplittableRandom(1);
        KeyHash hash = KeyHash.withSeed(1);
        byte[] key = new byte[FLOOD_KEY_BYTES];
        random.nextBytes(key);
        long[] flood = new long[FLOOD];
        long[] control = new long[FLOOD];
        for (int i = 0; i < FLOOD; i++) {
            toggle(key, Integer.numberOfTrailingZeros(i + 1)); // a Gray code: all combinations, one toggled at a time
            flood[i] = hash.hash(key, 0, key.length);
            control[i] = random.nextLong();
        }
        // Buckets have 8 to 16 items on average: the probability of more than 64 in one is below 1e-12.
        assertThat(longestChain(control)).isLessThan(64);
        assertThat(longestChain(flood)).isLessThan(64);
    }

    /** Toggles the difference at one of 30 offsets. */
    private static void toggle(byte[] key, int block) {
        int offset = block * Long.BYTES;
        LONG.set(key, offset, (long) LONG.get(key, offset) ^ 0xFFFFFFFFFFFFFFFEL);
        LONG.set(key, offset + Long.BYTES, (long) LONG.get(key, offset + Long.BYTES) ^ 1);
    }

    private static int longestChain(long[] hashes) {
        Index index = IndexTest.indexOf(hashes);
        int[] longest = {0};
        int[] count = {0, -1};
        index.forEach((bucket, slot) -> {
            count[0] = bucket == count[1] ? count[0] + 1 : 1;
            count[1] = bucket;
            longest[0] = Math.max(longest[0], count[0]);
        });
        return longest[0];
    }
}
