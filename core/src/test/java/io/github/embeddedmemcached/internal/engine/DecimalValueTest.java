package io.github.embeddedmemcached.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each value was tested with memcached 1.6.18. */
class DecimalValueTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "0,0",
                "12,12",
                "00000000000000000000000000012,12",
                " \t12,12",
                "+12,12",
                "-0,0",
                "-18446744073709551615,1",
                "\"12\n3\",12",
                "12 x,12",
                "18446744073709551615,18446744073709551615"
            })
    void shouldParseTheValuesThatStrtoullParses(String value, String number) {
        ItemUpdate update = new ItemUpdate();
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        assertThat(DecimalValue.parse(bytes, 0, bytes.length, update)).isTrue();
        assertThat(Long.toUnsignedString(update.number())).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "+",
                "-",
                "-1",
                "- 1",
                "12a",
                "x",
                "18446744073709551616",
                "99999999999999999999",
                "\u000012"
            })
    void shouldRejectOtherValues(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        assertThat(DecimalValue.parse(bytes, 0, bytes.length, new ItemUpdate())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 1234567890, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void shouldWriteUnsignedDigits(long number) {
        byte[] digits = new byte[DecimalValue.LENGTH_MAX];
        int length = DecimalValue.write(number, digits);
        assertThat(new String(digits, 0, length, StandardCharsets.US_ASCII)).isEqualTo(Long.toUnsignedString(number));
    }
}
