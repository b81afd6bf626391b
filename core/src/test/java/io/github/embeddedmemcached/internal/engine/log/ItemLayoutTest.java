package io.github.embeddedmemcached.internal.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ItemLayoutTest {
    private static final int ITEM = 8;

    private static byte[] key(int length) {
        byte[] key = new byte[length];
        new Random(length).nextBytes(key);
        return key;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 22", "1, 7, 26",
        "250, 0, 22", "250, 7, 26",
        "255, 0, 22", "255, 7, 26",
        "256, 0, 26", "256, 7, 30",
        "512, 0, 26", "65535, 7, 30"
    })
    void shouldStoreAKeyOfAnyLength(int keyLength, int flags, int keyOffset) {
        byte[] key = key(keyLength);
        int size = (int) ItemLayout.size(keyLength, flags, 100);
        byte[] bytes = new byte[ITEM + size];
        Arrays.fill(bytes, (byte) 0xFF);
        int value = ItemLayout.write(bytes, ITEM, 5, key, 0, keyLength, flags, ItemLayout.STALE, 100);
        assertThat(value).isEqualTo(ITEM + keyOffset + keyLength);
        assertThat(ItemLayout.valueOffset(keyLength, flags)).isEqualTo(keyOffset + keyLength);
        assertThat(ItemLayout.valueOffset(bytes, ITEM)).isEqualTo(value);
        assertThat(ItemLayout.keyOffset(bytes, ITEM)).isEqualTo(ITEM + keyOffset);
        assertThat(ItemLayout.keyLength(bytes, ITEM)).isEqualTo(keyLength);
        assertThat(ItemLayout.flags(bytes, ITEM)).isEqualTo(flags);
        assertThat(ItemLayout.state(bytes, ITEM)).isEqualTo(ItemLayout.STALE);
        assertThat(ItemLayout.size(bytes, ITEM)).isEqualTo(size);
        assertThat(ItemLayout.accountedSize(bytes, ITEM)).isEqualTo(ItemSize.of(keyLength, flags, 100));
        assertThat(ItemLayout.hasKey(bytes, ITEM, key, 0, keyLength)).isTrue();
    }

    @Test
    void shouldCompareWholeKeys() {
        for (int length : new int[] {1, 250, 255, 256, 257, 511, 512, 65_535}) {
            byte[] key = key(length);
            byte[] bytes = new byte[(int) ItemLayout.size(length, 0, 0)];
            ItemLayout.write(bytes, 0, 1, key, 0, length, 0, 0, 0);
            byte[] longer = Arrays.copyOf(key, length + 256);
            assertThat(ItemLayout.hasKey(bytes, 0, longer, 0, length)).isTrue();
            assertThat(ItemLayout.hasKey(bytes, 0, longer, 0, length - 1)).isFalse();
            assertThat(ItemLayout.hasKey(bytes, 0, longer, 0, length + 1)).isFalse();
            assertThat(ItemLayout.hasKey(bytes, 0, longer, 0, length + 256)).isFalse();
            longer[length - 1]++;
            assertThat(ItemLayout.hasKey(bytes, 0, longer, 0, length)).isFalse();
        }
    }

    /** A reader without the lock may see any bytes at the offset of an item that was removed. */
    @Test
    void shouldReadNothingOutsideOfTheArrayWhateverTheBytes() {
        Random random = new Random(1);
        byte[] bytes = new byte[300];
        byte[] key = new byte[66_000];
        for (int round = 0; round < 100_000; round++) {
            random.nextBytes(bytes);
            int item = random.nextInt((bytes.length - 24) / ItemLayout.ALIGNMENT + 1) * ItemLayout.ALIGNMENT;
            if (random.nextBoolean()) {
                bytes[item + 20] = 0; // the length of the key follows the header
            }
            int stored = ItemLayout.keyLength(bytes, item);
            int length = random.nextBoolean() && stored > 0 && stored < key.length ? stored : 1 + random.nextInt(300);
            int begin = ItemLayout.keyOffset(bytes, item);
            boolean hasKey = stored == length
                    && begin + length <= bytes.length
                    && Arrays.equals(bytes, begin, begin + length, key, 0, length);
            assertThat(ItemLayout.hasKey(bytes, item, key, 0, length)).isEqualTo(hasKey);
            ItemLayout.flags(bytes, item);
            ItemLayout.valueOffset(bytes, item);
        }
    }
}
