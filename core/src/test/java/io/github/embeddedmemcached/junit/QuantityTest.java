package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "512b, 512",
        "512k, 524288",
        "512KB, 524288",
        "16m, 16777216",
        "16MB, 16777216",
        "16 MiB, 16777216",
        "1g, 1073741824"
    })
    void shouldParseBytes(String text, long bytes) {
        assertThat(Quantity.bytes("memory", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1m", "1.5g", "16 megs", "16mm", "0x10", "1t"})
    void shouldRejectInvalidNumbersOfBytes(String text) {
        assertThatThrownBy(() -> Quantity.bytes("memory", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("memory must be a number of bytes, optionally with k, m or g such as \"16m\": \"" + text
                        + "\"");
    }

    @ParameterizedTest
    @CsvSource({"0s, PT0S", "500ms, PT0.5S", "30s, PT30S", "30 S, PT30S", "2m, PT2M", "1h, PT1H"})
    void shouldParseDurations(String text, Duration duration) {
        assertThat(Quantity.duration("idleTimeout", text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "30", "s", "-1s", "1.5s", "1d", "PT30S"})
    void shouldRejectInvalidDurations(String text) {
        assertThatThrownBy(() -> Quantity.duration("idleTimeout", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("idleTimeout must be a number with ms, s, m or h such as \"30s\": \"" + text + "\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999999999999999", "99999999999999999999"})
    void shouldRejectNumbersThatOverflow(String number) {
        assertThatThrownBy(() -> Quantity.bytes("memory", number + "g"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("memory is too large: \"" + number + "g\"");
        assertThatThrownBy(() -> Quantity.duration("idleTimeout", number + "h"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("idleTimeout is too large: \"" + number + "h\"");
    }

    @Test
    void shouldReportTheTextAndTheRange() {
        assertThatThrownBy(() -> Quantity.bytes("itemSizeMax", "2g", 1 << 10, 1 << 30, "1k to 1g"))
                .hasMessage("itemSizeMax must be 1k to 1g: \"2g\"");
        assertThat(Quantity.bytes("itemSizeMax", "1g", 1 << 10, 1 << 30, "1k to 1g"))
                .isEqualTo(1 << 30);
    }
}
