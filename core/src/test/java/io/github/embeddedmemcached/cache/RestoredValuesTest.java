package io.github.embeddedmemcached.cache;

import static io.github.embeddedmemcached.cache.Caches.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items that an earlier version of an application has saved: their values are not numbers, as the views of this version expect. */
class RestoredValuesTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    private Path file;
    private Cache cache = Cache.builder().build();
    private TypedCache<String, Long> numbers = view();

    @BeforeEach
    void save() throws Exception {
        file = directory.resolve("file");
        for (String key : List.of("a", "b", "c")) {
            cache.set(key, bytes("text"));
        }
        cache.set("number", bytes("7"));
        cache.saveTo(file);
        cache.close();
    }

    @AfterEach
    void checkAndClose() {
        Caches.checkAndClose(cache);
    }

    private TypedCache<String, Long> view() {
        return cache.typed(Codecs.utf8(), Codecs.decimal());
    }

    private void restore(boolean casEnabled) {
        cache = Cache.builder().restoreFrom(file).casEnabled(casEnabled).build();
        numbers = view();
    }

    private long unreadable() {
        return cache.statistics().get(Statistic.VALUES_UNREADABLE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldMissAValueThatCannotBeDecodedAndRemoveItsItem(boolean casEnabled) {
        restore(casEnabled);
        assertThat(numbers.get("number")).isEqualTo(7);
        assertThat(numbers.get("a")).isNull();
        assertThat(cache.get("a")).isNull();
        assertThat(unreadable()).isEqualTo(1);
        assertThat(numbers.getAll(List.of("b", "number"))).isEqualTo(Map.of("number", 7L));
        assertThat(unreadable()).isEqualTo(2);
        assertThat(cache.get("c")).isEqualTo(bytes("text")); // the value is bytes for the cache itself
        assertThat(numbers.statistics().hits()).isEqualTo(2);
        assertThat(numbers.statistics().misses()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLoadAValueInPlaceOfOneThatCannotBeDecoded(boolean casEnabled) throws Exception {
        restore(casEnabled);
        assertThat(numbers.get("a", MINUTE, key -> 1L)).isEqualTo(1);
        assertThat(numbers.get("a")).isEqualTo(1);
        assertThat(numbers.getAsync("b", MINUTE, key -> 2L, Runnable::run).get())
                .isEqualTo(2);
        Map<String, Long> loaded = new HashMap<>();
        assertThat(numbers.getAll(List.of("number", "c", "none", "b"), MINUTE, keys -> {
                    keys.forEach(key -> loaded.put(key, key.equals("none") ? 4L : 3L));
                    return loaded;
                }))
                .containsExactly(
                        Map.entry("number", 7L), Map.entry("c", 3L), Map.entry("none", 4L), Map.entry("b", 2L));
        assertThat(loaded).containsOnlyKeys("none", "c");
        assertThat(unreadable()).isEqualTo(3);
        assertThat(numbers.statistics().hits()).isEqualTo(3);
        assertThat(numbers.statistics().misses()).isEqualTo(4);
        assertThat(numbers.statistics().loads()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSkipValuesThatCannotBeDecodedInIterations(boolean casEnabled) {
        restore(casEnabled);
        Map<String, Long> visited = new HashMap<>();
        numbers.forEach(visited::put);
        assertThat(visited).isEqualTo(Map.of("number", 7L));
        assertThat(unreadable()).isEqualTo(3);
        assertThat(numbers.removeIf((key, value) -> value != 7)).isZero();
        assertThat(cache.keys())
                .containsExactlyInAnyOrder("a", "b", "c", "number"); // others may belong to another view
    }

    @ParameterizedTest
    @ValueSource(strings = {"compute", "getAndDelete"})
    void shouldHaveNoOldValueIfItCannotBeDecoded(String operation) {
        restore(true);
        if (operation.equals("compute")) {
            assertThat(numbers.compute("a", (key, old) -> old == null ? 1L : old))
                    .isEqualTo(1);
        } else {
            assertThat(numbers.getAndDelete("a")).isNull();
        }
        assertThat(unreadable()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "load", "getAll", "getAndDelete", "forEach"})
    void shouldReportAValueThatWasStoredAfterTheRestore(String operation) {
        restore(true);
        cache.set("a", bytes("new text"));
        assertThatExceptionOfType(CodecException.class)
                .isThrownBy(() -> {
                    switch (operation) {
                        case "get" -> numbers.get("a");
                        case "load" -> numbers.get("a", MINUTE, key -> 1L);
                        case "getAll" -> numbers.getAll(List.of("a"));
                        case "getAndDelete" -> numbers.getAndDelete("a");
                        default -> numbers.forEach((key, value) -> {});
                    }
                })
                .withMessageContaining("\"a\"");
        assertThat(cache.get("a")).isEqualTo(bytes("new text"));
    }
}
