package io.github.embeddedmemcached.internal.engine.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.protocol.TranscriptTarget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Compares the slab classes of items with those of a real memcached. */
class SlabClassesComparisonTest {
    private static final Pattern CLASS_AND_SIZE = Pattern.compile("cls=(\\d+) size=(\\d+)");
    private static final Pattern CHUNK_SIZE = Pattern.compile("STAT (\\d+):chunk_size (\\d+)");

    @Test
    void shouldEqualTheClassesOfARealMemcached() throws IOException {
        List<Integer> sizes = new ArrayList<>();
        for (int id = 1; id < SlabClasses.count(); id++) {
            for (int difference = -1; difference <= 1; difference++) {
                sizes.add(SlabClasses.chunkSize(id) + difference);
            }
        }
        sizes.addAll(List.of((1 << 19) - 1, 1 << 19, (1 << 19) + 1, 1 << 20));
        try (RealMemcached memcached = RealMemcached.start();
                TranscriptTarget target = memcached.target()) {
            target.connect();
            for (int size : sizes) {
                int valueLength = (int) (size - Cache.itemSize(1, 0, 0));
                target.send("set k 0 0 " + valueLength + "\r\n" + "x".repeat(valueLength) + "\r\nme k\r\n");
                assertThat(CLASS_AND_SIZE.matcher(target.receive(2)).results())
                        .singleElement()
                        .satisfies(found -> {
                            assertThat(found.group(1)).isEqualTo(Integer.toString(SlabClasses.classOf(size)));
                            assertThat(found.group(2)).isEqualTo(Integer.toString(size));
                        });
            }
            target.send("stats slabs\r\nversion\r\n");
            StringBuilder stats = new StringBuilder();
            while (stats.indexOf("VERSION") < 0) {
                stats.append(target.receive(1));
            }
            assertThat(CHUNK_SIZE.matcher(stats).results())
                    .hasSize(SlabClasses.count())
                    .allSatisfy(found -> assertThat(found.group(2))
                            .isEqualTo(Integer.toString(SlabClasses.chunkSize(Integer.parseInt(found.group(1))))));
        }
    }
}
