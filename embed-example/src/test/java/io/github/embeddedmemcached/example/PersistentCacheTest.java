package io.github.embeddedmemcached.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.TypedCache;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application's cache that loads its values, has typed keys, and survives the application. */
class PersistentCacheTest {
    @Test
    void shouldFindTheItemsOfTheLastRun(@TempDir Path folder) {
        Path file = folder.resolve("items");
        for (int run = 1; run <= 2; run++) {
            Cache cache = Cache.builder().persistTo(file).saveAtShutdown(true).build();
            byte[] start = cache.get("start", Duration.ofDays(1), key -> new byte[0]);
            assertThat(start).isEmpty();
            assertThat(cache.statistics().hitRatio()).isEqualTo(run - 1);
            cache.close();
        }
    }

    @Test
    void shouldLoadWhatIsMissing() {
        try (Cache cache = Cache.builder().build()) {
            byte[] page =
                    cache.get("page:/", Duration.ofMinutes(10), key -> render(key)); // concurrent misses load once
            Map<String, byte[]> found = cache.getAll(List.of("page:/", "page:/a"));

            TypedCache<Path, String> titles = cache.typed(Codecs.utf8(Path::toString, Path::of), Codecs.utf8())
                    .prefix("title:")
                    .timeToLive(Duration.ofDays(30))
                    .refreshAfter(Duration.ofDays(1))
                    .loadingWith(path -> "the title of " + path);
            String title = titles.get(Path.of("a.txt"));

            assertThat(page).isEqualTo(render("page:/"));
            assertThat(found).containsOnlyKeys("page:/");
            assertThat(title).isEqualTo("the title of a.txt");
        }
    }

    private static byte[] render(String key) {
        return ("<html>" + key).getBytes(UTF_8);
    }
}
