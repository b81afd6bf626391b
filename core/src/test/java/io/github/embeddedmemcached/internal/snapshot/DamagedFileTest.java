package io.github.embeddedmemcached.internal.snapshot;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are damaged, truncated, foreign, or of another version. */
class DamagedFileTest {
    private static final String REFUSAL = "the cache cannot be restored from ";

    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = folder.resolve("cache");
        clock.freeze();
    }

    private CacheEngine engine() {
        return new CacheEngine(
                EngineSettings.defaults().memoryLimitBytes(4 << 20).clock(clock));
    }

    private static void set(CacheEngine engine, String key, byte[] value) {
        byte[] bytes = key.getBytes(UTF_8);
        engine.store(
                StoreMode.SET,
                new ItemUpdate()
                        .key(bytes, 0, bytes.length)
                        .value(value, 0, value.length)
                        .flags(value.length));
    }

    private static byte[] valueOf(int item) {
        byte[] value = new byte[item % 7 == 0 ? 400 : 20];
        new SplittableRandom(item).nextBytes(value);
        return value;
    }

    /** Saves some items in several blocks: an item is accessed a different time ago than the previous one. */
    private byte[] save(int items) throws IOException {
        CacheEngine engine = engine();
        for (int i = 0; i < items; i++) {
            set(engine, "key-" + i, valueOf(i));
            if (i % 3 == 0) {
                byte[] key = ("key-" + i).getBytes(UTF_8);
                engine.get(key, 0, key.length, new ItemView());
            }
            if (i % 5 == 4) {
                clock.advance(Duration.ofMinutes(70));
            }
        }
        open(engine, PersistenceSettings.NONE).saveTo(file);
        return Files.readAllBytes(file);
    }

    private static Persistence open(CacheEngine engine, PersistenceSettings settings) {
        return Persistence.open(engine, settings, warning -> {});
    }

    /** Restores the file; every item must be a saved one. Returns null if the file is refused. */
    private @Nullable RestoreResult restore(byte[] contents, int saved) throws IOException {
        Files.write(file, contents);
        CacheEngine engine = engine();
        RestoreResult result;
        try {
            result = Objects.requireNonNull(
                    open(engine, PersistenceSettings.NONE.restoreFrom(file)).restored());
        } catch (UncheckedIOException e) {
            assertThat(e).hasMessageStartingWith(REFUSAL + file);
            assertThat(engine.statistics().items()).isZero();
            return null;
        } finally {
            assertThat(Files.readAllBytes(file)).isEqualTo(contents);
        }
        int found = 0;
        for (int i = 0; i < saved; i++) {
            ItemView view = new ItemView();
            byte[] key = ("key-" + i).getBytes(UTF_8);
            if (engine.peek(key, 0, key.length, view)) {
                found++;
                assertThat(view.value()).isEqualTo(valueOf(i));
                assertThat(view.flags()).isEqualTo(valueOf(i).length);
            }
        }
        assertThat(engine.statistics().items()).as("no other items").isEqualTo(found);
        assertThat(result.items()).isEqualTo(found);
        return result;
    }

    @Test
    void shouldRestoreAllIntactBlocksWhereAnyByteIsDamaged() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        assertThat(intact.length).isLessThan(6000);
        int refused = 0;
        int lost = 0;
        for (int position = 0; position < intact.length; position++) {
            byte[] damaged = intact.clone();
            damaged[position] ^= (byte) (1 << position % 8);
            RestoreResult result = restore(damaged, saved);
            if (result == null) {
                refused++;
                continue;
            }
            lost += result.lostBlocks();
            boolean isHeader =
                    position < SnapshotFormat.HEADER_BYTES || position >= intact.length - SnapshotFormat.HEADER_BYTES;
            assertThat(result.lostBlocks()).as("at " + position).isEqualTo(isHeader ? 0 : 1);
            assertThat(result.items() + result.lostItems()).as("at " + position).isEqualTo(saved);
        }
        assertThat(refused).as("the header has a copy").isZero();
        assertThat(lost).isEqualTo(intact.length - 2 * SnapshotFormat.HEADER_BYTES);
    }

    @Test
    void shouldRestoreAllIntactBlocksWhereverTheFileIsTruncated() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        long items = 0;
        for (int length = 0; length < intact.length; length++) {
            RestoreResult result = restore(Arrays.copyOf(intact, length), saved);
            assertThat(result).as("length " + length).isNotNull();
            assertThat(Objects.requireNonNull(result).items()).isGreaterThanOrEqualTo(items);
            items = result.items();
            boolean hasEnd = length >= intact.length - SnapshotFormat.HEADER_BYTES;
            assertThat(result.lostBlocks() == 0).as("length " + length).isEqualTo(hasEnd);
        }
        assertThat(items).isEqualTo(saved);
    }

    @Test
    void shouldRestoreAllIntactBlocksIfAnyByteOfTheHeaderAndItsCopyAreDamaged() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        for (int position = 0; position < SnapshotFormat.HEADER_BYTES; position++) {
            byte[] damaged = intact.clone();
            damaged[position] ^= (byte) (1 << position % 8);
            damaged[intact.length - 1 - position] ^= 1;
            RestoreResult result = Objects.requireNonNull(restore(damaged, saved));
            assertThat(result.lostBlocks()).as("at " + position).isZero();
            assertThat(result.items()).as("at " + position).isEqualTo(saved);
            damaged[SnapshotFormat.HEADER_BYTES] ^= 1; // of the first block's marker
            result = Objects.requireNonNull(restore(damaged, saved));
            assertThat(result.lostBlocks()).as("at " + position).isEqualTo(1);
            assertThat(result.items() + result.lostItems()).as("at " + position).isEqualTo(saved);
        }
    }

    @Test
    void shouldRestoreAllIntactBlocksWhereverAFileWithADamagedHeaderIsTruncated() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        int firstBlock = SnapshotFormat.HEADER_BYTES + SnapshotFormat.BLOCK_HEADER_BYTES;
        for (int damagedAt : new int[] {0, 9, 20}) {
            byte[] damaged = intact.clone();
            damaged[damagedAt] ^= 1;
            for (int length = 1; length < intact.length; length += length < 2 * firstBlock ? 1 : 23) {
                RestoreResult expected = Objects.requireNonNull(restore(Arrays.copyOf(intact, length), saved));
                RestoreResult result = restore(Arrays.copyOf(damaged, length), saved);
                boolean isForeign = damagedAt == 0 && length < firstBlock;
                assertThat(result == null).as("length " + length).isEqualTo(isForeign);
                if (result != null) {
                    assertThat(result.items()).isEqualTo(expected.items());
                    assertThat(result.lostBlocks()).isEqualTo(expected.lostBlocks());
                }
            }
        }
    }

    @Test
    void shouldRestoreAllBlocksIfAPartOfTheHeaderIsMissing() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        for (int missing = 1; missing <= SnapshotFormat.HEADER_BYTES; missing++) {
            byte[] shifted =
                    Arrays.copyOfRange(intact, missing, intact.length - SnapshotFormat.HEADER_BYTES); // without copy
            RestoreResult result = Objects.requireNonNull(restore(shifted, saved));
            assertThat(result.items()).isEqualTo(saved);
            assertThat(result.lostBlocks()).isZero();
        }
    }

    @Test
    void shouldReplaceTruncatedFileAndReportTheLoss() throws IOException {
        byte[] intact = save(5);
        Files.write(file, Arrays.copyOf(intact, 30));
        List<String> warnings = new ArrayList<>();
        CacheEngine engine = engine();
        set(engine, "k", new byte[1]);
        Persistence persistence = Persistence.open(engine, PersistenceSettings.NONE.persistTo(file), warnings::add);
        assertThat(warnings)
                .containsExactly("the file " + file
                        + " is damaged: 1 blocks with at least 0 items are lost, 0 items have been restored");
        persistence.close();
        assertThat(Files.size(file)).isGreaterThan(30);
    }

    @Test
    void shouldFindTheNextBlockWhereBytesAreMissingOrInserted() throws IOException {
        int saved = 24;
        byte[] intact = save(saved);
        for (int position = SnapshotFormat.HEADER_BYTES;
                position < intact.length - 2 * SnapshotFormat.HEADER_BYTES;
                position += 13) {
            for (int removed : new int[] {1, 60}) {
                var output = new ByteArrayOutputStream();
                output.write(intact, 0, position);
                output.write(intact, position + removed, intact.length - position - removed);
                RestoreResult result = Objects.requireNonNull(restore(output.toByteArray(), saved));
                assertThat(result.lostBlocks()).isBetween(1, 3);
                assertThat(result.items()).isPositive();
            }
            var output = new ByteArrayOutputStream();
            output.write(intact, 0, position);
            output.writeBytes("inserted".getBytes(UTF_8));
            output.write(intact, position, intact.length - position);
            assertThat(Objects.requireNonNull(restore(output.toByteArray(), saved))
                            .lostBlocks())
                    .isBetween(0, 1);
        }
    }

    @Test
    void shouldNotRestoreBlocksInsideOfValues() throws IOException {
        byte[] inner = save(5);
        CacheEngine engine = engine();
        set(engine, "file", inner);
        open(engine, PersistenceSettings.NONE).saveTo(file);
        byte[] outer = Files.readAllBytes(file);
        int first = SnapshotFormat.HEADER_BYTES;
        outer[first + 4] ^= 1; // of the header of the only block
        RestoreResult result = Objects.requireNonNull(restore(outer, 5));
        assertThat(result.items()).isZero();
        assertThat(result.lostItems()).isEqualTo(1);
    }

    @Test
    void shouldRefuseForeignFilesAndOtherVersions() throws IOException {
        byte[] intact = save(5);
        List<byte[]> foreign = new ArrayList<>(
                List.of("text".getBytes(UTF_8), "text ".repeat(1000).getBytes(UTF_8), new byte[100_000]));
        for (byte[] contents : foreign) {
            assertThat(restore(contents, 5)).isNull();
        }
        byte[] newer = intact.clone();
        byte[] header = newerHeader();
        System.arraycopy(header, 0, newer, 0, header.length);
        Files.write(file, newer);
        for (PersistenceSettings settings :
                List.of(PersistenceSettings.NONE.restoreFrom(file), PersistenceSettings.NONE.persistTo(file))) {
            assertThatThrownBy(() -> open(engine(), settings))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage(REFUSAL + file
                            + ": the file has version 2 of the format, and this library reads version 1 only");
            assertThat(Files.readAllBytes(file)).isEqualTo(newer);
        }
    }

    private static byte[] newerHeader() {
        byte[] header = new SnapshotFormat.FileHeader(1, 2, 3).encode();
        var buffer = SnapshotFormat.wrap(header).putInt(8, 2);
        var crc = new CRC32C();
        crc.update(header, 0, SnapshotFormat.HEADER_BYTES - 4);
        buffer.putInt(SnapshotFormat.HEADER_BYTES - 4, (int) crc.getValue());
        return header;
    }

    @Test
    void shouldSurviveRandomDamage() throws IOException {
        int saved = 40;
        byte[] intact = save(saved);
        SplittableRandom random = new SplittableRandom(7);
        int restored = 0;
        for (int round = 0; round < 300; round++) {
            byte[] damaged = Arrays.copyOf(intact, intact.length - random.nextInt(intact.length / 4));
            for (int i = random.nextInt(1, 10); i > 0; i--) {
                int from = random.nextInt(damaged.length);
                byte[] noise = new byte[random.nextInt(1, 30)];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, damaged, from, Math.min(noise.length, damaged.length - from));
            }
            restored += restore(damaged, saved) == null ? 0 : 1;
        }
        assertThat(restored).isPositive();
    }

    @Test
    void shouldRestoreFileOfVersion1() throws IOException {
        Path kept = folder.resolve("kept");
        try (InputStream input = DamagedFileTest.class.getResourceAsStream("/snapshots/version-1")) {
            Files.copy(Objects.requireNonNull(input), kept);
        }
        TestClock then = new TestClock(Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));
        then.freeze();
        try (Cache cache = Cache.builder().clock(then).restoreFrom(kept).build()) {
            RestoreResult result = Objects.requireNonNull(cache.statistics().restored());
            assertThat(result.items()).isEqualTo(3);
            assertThat(result.expired()).isEqualTo(1);
            assertThat(result.lostBlocks()).isZero();
            assertThat(new String(Objects.requireNonNull(cache.get("plain")), ISO_8859_1))
                    .isEqualTo("first value");
            assertThat(Objects.requireNonNull(cache.getItem("flags")).flags()).isEqualTo(42);
            assertThat(Objects.requireNonNull(cache.getItem("flags")).casUnique())
                    .isEqualTo(2);
            assertThat(cache.get("expired")).isNull();
            assertThat(cache.get("lasting")).isNotNull();
            then.advance(Duration.ofDays(1));
            assertThat(cache.get("lasting")).isNull();
        }
    }
}
