package io.github.embeddedmemcached.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ItemTest {
    private static Item item(String value, int flags, long casUnique) {
        return Item.of(value.getBytes(StandardCharsets.ISO_8859_1))
                .withFlags(flags)
                .withCasUnique(casUnique);
    }

    @Test
    void shouldBeEqualByContent() {
        assertThat(item("value", 1, 2)).isEqualTo(item("value", 1, 2)).hasSameHashCodeAs(item("value", 1, 2));
        assertThat(item("value", 1, 2))
                .isNotEqualTo(item("other", 1, 2))
                .isNotEqualTo(item("value", 0, 2))
                .isNotEqualTo(item("value", 1, 3))
                .isNotEqualTo("value");
    }

    @Test
    void shouldShowItsValueFlagsAndCasUnique() {
        assertThat(item("hello", 7, 42)).hasToString("Item[5 bytes: \"hello\", flags=7, casUnique=42]");
        assertThat(item("", -1, -1))
                .hasToString("Item[0 bytes: \"\", flags=4294967295, casUnique=18446744073709551615]");
    }

    @Test
    void shouldShowOnlyTheStartOfALongValueAndDotsForBytesThatAreNotPrintable() {
        assertThat(item("a\0\n\u007f\u00e4z", 0, 1)).hasToString("Item[6 bytes: \"a....z\", flags=0, casUnique=1]");
        assertThat(item("x".repeat(32), 0, 1))
                .hasToString("Item[32 bytes: \"" + "x".repeat(32) + "\", flags=0, casUnique=1]");
        assertThat(item("x".repeat(33), 0, 1))
                .hasToString("Item[33 bytes: \"" + "x".repeat(32) + "...\", flags=0, casUnique=1]");
    }
}
