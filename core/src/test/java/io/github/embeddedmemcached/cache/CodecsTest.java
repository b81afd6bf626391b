package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.CharacterCodingException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.Test;

class CodecsTest {
    private static <T> T roundTrip(Codec<T> codec, T object) throws Exception {
        return codec.decode(codec.encode(object));
    }

    @Test
    void shouldConvertStrings() throws Exception {
        for (String text : new String[] {"", "abc", "schlüssel \uD83D\uDE00", "\uFFFD"}) {
            assertThat(roundTrip(Codecs.utf8(), text)).isEqualTo(text);
        }
        assertThatThrownBy(() -> Codecs.utf8().decode(new byte[] {'a', (byte) 0xFF}))
                .isInstanceOf(CharacterCodingException.class);
    }

    @Test
    void shouldConvertObjectsWithATextualForm() throws Exception {
        Codec<LocalDate> dates = Codecs.utf8(LocalDate::toString, LocalDate::parse);
        assertThat(dates.encode(LocalDate.of(2026, 11, 27))).isEqualTo(bytes("2026-11-27"));
        assertThat(roundTrip(dates, LocalDate.of(2026, 11, 27))).isEqualTo("2026-11-27");
    }

    @Test
    void shouldConvertNumbersToDecimal() throws Exception {
        for (long number : new long[] {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(roundTrip(Codecs.decimal(), number)).isEqualTo(number);
        }
        assertThat(Codecs.decimal().decode(bytes("42  "))).isEqualTo(42);
        assertThatThrownBy(() -> Codecs.decimal().decode(bytes("x"))).isInstanceOf(NumberFormatException.class);
    }

    @Test
    void shouldNameTheTypes() {
        assertThat(Codecs.utf8().typeName()).isEqualTo("java.lang.String");
        assertThat(Codecs.bytes().typeName()).isEqualTo("byte[]");
        assertThat(Codecs.decimal().typeName()).isEqualTo("java.lang.Long");
        assertThat(Codecs.compressed(Codecs.utf8()).typeName()).isEqualTo("java.lang.String");
    }

    @Test
    void shouldCompressAndRestoreValuesOfAnyLength() throws Exception {
        Codec<byte[]> codec = Codecs.compressed(Codecs.bytes());
        Random random = new Random(1);
        for (int length : new int[] {0, 1, 4, 5, 100, 1000, 100_000, 1 << 20}) {
            byte[] regular = new byte[length];
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            assertThat(roundTrip(codec, regular)).isEqualTo(regular);
            assertThat(roundTrip(codec, noise)).isEqualTo(noise);
            assertThat(codec.encode(noise)).hasSizeLessThanOrEqualTo(length + 1);
        }
        assertThat(codec.encode(new byte[1 << 20])).hasSizeLessThan(10_000);
    }

    @Test
    void shouldRejectBytesThatItDidNotCompress() throws Exception {
        Codec<byte[]> codec = Codecs.compressed(Codecs.bytes());
        byte[] valid = codec.encode(new byte[10_000]);
        assertThatThrownBy(() -> codec.decode(new byte[0])).isInstanceOf(DataFormatException.class);
        assertThatThrownBy(() -> codec.decode(bytes("plain text"))).isInstanceOf(DataFormatException.class);
        for (int length = 1; length < valid.length; length++) {
            byte[] truncated = Arrays.copyOf(valid, length);
            assertThatThrownBy(() -> codec.decode(truncated)).isInstanceOf(DataFormatException.class);
        }
        byte[] wrongLength = valid.clone();
        wrongLength[4]++;
        assertThatThrownBy(() -> codec.decode(wrongLength)).isInstanceOf(DataFormatException.class);
        wrongLength[1] = (byte) 0x7F; // would be two gigabytes
        assertThatThrownBy(() -> codec.decode(wrongLength)).isInstanceOf(DataFormatException.class);
    }
}
