package io.github.embeddedmemcached.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Base64Test {
    @Test
    void shouldEncodeAndDecodeLikeTheJdk() {
        Random random = new Random(1);
        for (int length = 1; length <= 250; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            byte[] expected = java.util.Base64.getEncoder().encode(bytes);
            byte[] source = new byte[length + 7];
            System.arraycopy(bytes, 0, source, 3, length);
            byte[] encoded = new byte[Base64.encodedLength(length) + 5];

            assertThat(Base64.encode(source, 3, length, encoded, 5)).isEqualTo(encoded.length);
            assertThat(Arrays.copyOfRange(encoded, 5, encoded.length)).isEqualTo(expected);

            byte[] decoded = new byte[250 + 2];
            assertThat(Base64.decode(encoded, 5, encoded.length, decoded)).isEqualTo(length);
            assertThat(Arrays.copyOf(decoded, length)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "A",
                "AA",
                "AAA",
                "AAAAA",
                "====",
                "A===",
                "-_-_",
                "\u00ff\u00ff\u00ff\u00ff",
                "Zm9",
                "Zm9vY==="
            })
    void shouldRejectInvalidBase64(String text) {
        assertThat(decoded(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"Zm-9v,foo", "*Zm9v*,foo", "Zm9vYg==xxxx,foob", "Zg==,f", "Zm8=,fo"})
    void shouldBeAsLenientAsMemcached(String text, String expected) {
        assertThat(decoded(text)).isEqualTo(expected);
    }

    private static @Nullable String decoded(String text) {
        byte[] source = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] target = new byte[source.length + 2];
        int length = Base64.decode(source, 0, source.length, target);
        return length == 0 ? null : new String(target, 0, length, StandardCharsets.ISO_8859_1);
    }
}
