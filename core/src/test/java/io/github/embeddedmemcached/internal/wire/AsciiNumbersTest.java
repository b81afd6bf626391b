package io.github.embeddedmemcached.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AsciiNumbersTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static long strict(String text) {
        return AsciiNumbers.strictInt32(bytes(text), 0, text.length());
    }

    private static long strictUnsigned(String text) {
        return AsciiNumbers.strictUint32(bytes(text), 0, text.length());
    }

    private static long loose(String text) {
        return AsciiNumbers.looseInt32(bytes(text), 0, text.length());
    }

    private static long looseUnsigned(String text) {
        return AsciiNumbers.looseUint32(bytes(text), 0, text.length());
    }

    @Test
    void shouldParseStrictNumbers() {
        assertThat(strict("0")).isZero();
        assertThat(strict("00000000042")).isEqualTo(42);
        assertThat(strict("-0")).isZero();
        assertThat(strict("2147483647")).isEqualTo(Integer.MAX_VALUE);
        assertThat(strict("-2147483648")).isEqualTo(Integer.MIN_VALUE);
        assertThat(strictUnsigned("4294967295")).isEqualTo(4294967295L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "+1",
                "1x",
                "x",
                " 1",
                "1 ",
                "--1",
                "2147483648",
                "-2147483649",
                "000000000001",
                "99999999999"
            })
    void shouldRejectInvalidStrictNumbers(String text) {
        assertThat(strict(text)).isEqualTo(AsciiNumbers.INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "4294967296", "000000000001"})
    void shouldRejectInvalidStrictUnsignedNumbers(String text) {
        assertThat(strictUnsigned(text)).isEqualTo(AsciiNumbers.INVALID);
    }

    @Test
    void shouldParseUnsigned64BitNumbers() {
        for (String text :
                new String[] {"0", "1", "9223372036854775808", "18446744073709551615", "0000000000000000000001"}) {
            assertThat(AsciiNumbers.isStrictUint64(bytes(text), 0, text.length()))
                    .isTrue();
            assertThat(AsciiNumbers.uint64(bytes(text), 0, text.length())).isEqualTo(Long.parseUnsignedLong(text));
        }
        for (String text : new String[] {
            "", "-1", "+1", "1x", "18446744073709551616", "20000000000000000000", "00000000000000000000001"
        }) {
            assertThat(AsciiNumbers.isStrictUint64(bytes(text), 0, text.length()))
                    .as(text)
                    .isFalse();
        }
    }

    @Test
    void shouldParseLooseNumbersLikeStrtol() {
        assertThat(loose("+1")).isEqualTo(1);
        assertThat(loose("-1")).isEqualTo(-1);
        assertThat(loose("\t\r\n 7\tx")).isEqualTo(7);
        assertThat(loose("0000000000000000000000000000007")).isEqualTo(7);
        assertThat(loose("2147483648")).isEqualTo(Integer.MIN_VALUE);
        assertThat(loose("4294967296")).isZero();
        assertThat(loose("9223372036854775807")).isEqualTo(-1);
        assertThat(loose("-9223372036854775808")).isZero();
        assertThat(looseUnsigned("-0")).isZero();
        assertThat(looseUnsigned("4294967296")).isZero();
        assertThat(looseUnsigned("18446744073709551615")).isEqualTo(4294967295L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "-", "+-1", "1x", "x1", "\t", "18446744073709551616", "99999999999999999999999"})
    void shouldRejectInvalidLooseNumbers(String text) {
        assertThat(loose(text)).isEqualTo(AsciiNumbers.INVALID);
        assertThat(looseUnsigned(text)).isEqualTo(AsciiNumbers.INVALID);
    }

    @Test
    void shouldRejectLooseNumbersOutOfRange() {
        assertThat(loose("9223372036854775808")).isEqualTo(AsciiNumbers.INVALID);
        assertThat(loose("-9223372036854775809")).isEqualTo(AsciiNumbers.INVALID);
        assertThat(looseUnsigned("-1")).isEqualTo(AsciiNumbers.INVALID);
    }

    @Test
    void shouldFormatLikeTheJdk() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            assertFormatted(random.nextLong() >>> random.nextInt(64));
        }
        long power = 1;
        for (int i = 0; i < 20; i++, power *= 10) {
            assertFormatted(power - 1);
            assertFormatted(power);
            assertFormatted(power + 1);
        }
        assertFormatted(Long.MAX_VALUE);
        assertFormatted(Long.MIN_VALUE);
        assertFormatted(-1);
    }

    private static void assertFormatted(long value) {
        byte[] target = new byte[AsciiNumbers.LENGTH_MAX + 2];
        int end = AsciiNumbers.putUnsigned(value, target, 1);
        assertThat(new String(target, 1, end - 1, StandardCharsets.ISO_8859_1)).isEqualTo(Long.toUnsignedString(value));
        assertThat(target[end]).isZero();
        assertThat(target[0]).isZero();
    }

    @Test
    void shouldFindNewlinesAtEveryOffset() {
        Random random = new Random(1);
        byte[] bytes = new byte[40];
        for (int i = 0; i < 20_000; i++) {
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] = '\n';
            }
            int from = random.nextInt(bytes.length);
            int to = from + random.nextInt(bytes.length - from + 1);
            int expected = -1;
            for (int j = to - 1; j >= from; j--) {
                expected = bytes[j] == '\n' ? j : expected;
            }
            assertThat(ByteSearch.indexOfNewline(bytes, from, to)).isEqualTo(expected);
        }
    }
}
