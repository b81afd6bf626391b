package io.github.embeddedmemcached.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.protocol.Command.Protocol;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CommandTest {
    private static final String LINE = "set k 1 60 5";

    private static Command set(@Nullable String value) {
        return command("set", List.of("k"), Protocol.TEXT, 1, 60, 2, 3, value, false, "o", LINE, false, 4, 5);
    }

    private static Command command(
            String name,
            List<String> keys,
            Protocol protocol,
            int flags,
            long exptimeSeconds,
            long casUnique,
            long delta,
            @Nullable String value,
            boolean quiet,
            @Nullable String opaque,
            String line,
            boolean malformed,
            int connection,
            long epochMillis) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return new Command(
                name,
                keys,
                protocol,
                flags,
                exptimeSeconds,
                casUnique,
                delta,
                bytes,
                quiet,
                opaque,
                line,
                malformed,
                connection,
                Instant.ofEpochMilli(epochMillis));
    }

    @Test
    void shouldCompareValuesByTheirBytes() {
        assertThat(set("hello")).isEqualTo(set("hello")).hasSameHashCodeAs(set("hello"));
        assertThat(set(null)).isEqualTo(set(null)).hasSameHashCodeAs(set(null));
        assertThat(set("hello")).isNotEqualTo(set("hallo")).isNotEqualTo(set(null));
        assertThat(set(null)).isNotEqualTo(set("hello"));
    }

    @Test
    void shouldCompareEveryComponent() {
        List<String> k = List.of("k");
        List<String> l = List.of("l");
        Protocol text = Protocol.TEXT;
        assertThat(set("v")).isEqualTo(command("set", k, text, 1, 60, 2, 3, "v", false, "o", LINE, false, 4, 5));
        assertThat(List.of(
                        command("add", k, text, 1, 60, 2, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", l, text, 1, 60, 2, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, Protocol.META, 1, 60, 2, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 0, 60, 2, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 61, 2, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 0, 3, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 2, 0, "v", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "w", false, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", true, "o", LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", false, null, LINE, false, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", false, "o", "set", false, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", false, "o", LINE, true, 4, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", false, "o", LINE, false, 0, 5),
                        command("set", k, text, 1, 60, 2, 3, "v", false, "o", LINE, false, 4, 6)))
                .doesNotContain(set("v"))
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldShowTheLineAndTheValue() {
        assertThat(set("hello")).hasToString("set k 1 60 5 \"hello\" (connection 4, text)");
        assertThat(set(null)).hasToString("set k 1 60 5 (connection 4, text)");
    }
}
