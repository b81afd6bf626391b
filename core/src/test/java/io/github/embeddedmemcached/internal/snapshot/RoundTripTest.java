package io.github.embeddedmemcached.internal.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.cache.SaveResult;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.cache.StoreResult;
import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.ItemView;
import io.github.embeddedmemcached.internal.engine.StoreMode;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items that are saved and restored, by the same or another kind of cache. */
class RoundTripTest {
    @TempDir
    private Path folder;

    private final TestClock clock = new TestClock();
    private Path file = Path.of("");

    @BeforeEach
    void setUp() {
        file = folder.resolve("cache");
        clock.freeze();
    }

    private EngineSettings settings() {
        return EngineSettings.defaults().clock(clock).warnings(warning -> {
            throw new AssertionError(warning);
        });
    }

    private SaveResult save(CacheEngine engine) throws IOException {
        return persistence(engine, PersistenceSettings.NONE).saveTo(file);
    }

    private static Persistence persistence(CacheEngine engine, PersistenceSettings settings) {
        return Persistence.open(engine, settings, warning -> {
            throw new AssertionError(warning);
        });
    }

    private RestoreResult restore(CacheEngine engine) {
        RestoreResult result = Objects.requireNonNull(
                persistence(engine, PersistenceSettings.NONE.restoreFrom(file)).restored());
        engine.checkIntegrity();
        return result;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static ItemUpdate update(String key, String value) {
        byte[] bytes = bytes(value);
        return new ItemUpdate().key(bytes(key), 0, bytes(key).length).value(bytes, 0, bytes.length);
    }

    private static void set(CacheEngine engine, ItemUpdate update) {
        assertThat(engine.store(StoreMode.SET, update)).isEqualTo(StoreResult.STORED);
    }

    private static @Nullable ItemView view(CacheEngine engine, String key) {
        ItemView view = new ItemView();
        return engine.peek(bytes(key), 0, bytes(key).length, view) ? view : null;
    }

    private static ItemView found(CacheEngine engine, String key) {
        ItemView view = view(engine, key);
        assertThat(view).as(key).isNotNull();
        return Objects.requireNonNull(view);
    }

    private static String value(CacheEngine engine, String key) {
        return new String(Objects.requireNonNull(found(engine, key).value()), UTF_8);
    }

    @Test
    void shouldKeepEveryFieldOfAnItem() throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        set(saved, update("plain", "value"));
        set(saved, update("flags", "with flags").flags(0xFEDC_BA98));
        set(saved, update("empty", ""));
        set(saved, update("relative", "r").exptime(1000));
        set(saved, update("absolute", "a").exptime(clock.instant().getEpochSecond() + 90 * 86_400));
        set(saved, update("binary", "b").binaryKey(true));
        set(saved, update("cas", "c").assignCas(123_456_789_012L));
        set(saved, update("stale", "s").exptime(500));
        saved.delete(update("stale", "").invalidate().exptime(400));
        saved.fetch(update("stale", "").recache(0), new ItemView()); // wins the right to renew
        saved.get(bytes("flags"), 0, 5, new ItemView());
        clock.advance(Duration.ofSeconds(100));

        SaveResult result = save(saved);
        assertThat(result.items()).isEqualTo(8);
        assertThat(result.bytes()).isEqualTo(Files.size(file));
        clock.advance(Duration.ofSeconds(50));

        CacheEngine restored = new CacheEngine(settings());
        RestoreResult restoration = restore(restored);
        assertThat(restoration.items()).isEqualTo(8);
        assertThat(restoration).isEqualTo(new RestoreResult(8, 0, 0, 0, 0, 0, restoration.elapsed()));

        for (String key : "plain flags empty relative absolute binary cas stale".split(" ")) {
            ItemView before = found(saved, key);
            ItemView after = found(restored, key);
            assertThat(after.value()).as(key).isEqualTo(before.value());
            assertThat(after.flags()).as(key).isEqualTo(before.flags());
            assertThat(after.casUnique()).as(key).isEqualTo(before.casUnique());
            assertThat(after.secondsToLive()).as(key).isEqualTo(before.secondsToLive());
            assertThat(after.secondsSinceAccess()).as(key).isEqualTo(150);
            assertThat(after.hasBinaryKey()).as(key).isEqualTo(key.equals("binary"));
            assertThat(after.wasFetched()).as(key).isEqualTo(before.wasFetched());
            assertThat(after.isStale()).as(key).isEqualTo(key.equals("stale"));
            assertThat(after.isBeingRenewed()).as(key).isFalse();
        }
        assertThat(found(saved, "stale").isBeingRenewed()).isTrue();
        assertThat(found(restored, "relative").secondsToLive()).isEqualTo(850);
        assertThat(found(restored, "stale").secondsToLive()).isEqualTo(250);
        assertThat(found(restored, "flags").wasFetched()).isTrue();

        ItemUpdate next = update("next", "n");
        set(restored, next);
        assertThat(next.casUnique()).isGreaterThan(123_456_789_012L);
        ItemView renewed = new ItemView();
        assertThat(restored.fetch(update("stale", ""), renewed)).isTrue();
        assertThat(renewed.hasWon()).isTrue();
    }

    @Test
    void shouldDropItemsThatExpireWhileTheCacheIsOff() throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        set(saved, update("short", "s").exptime(60));
        set(saved, update("long", "l").exptime(61));
        set(saved, update("gone", "g").exptime(5));
        clock.advance(Duration.ofSeconds(5));
        assertThat(save(saved).items()).isEqualTo(2); // an expired item is not saved
        clock.advance(Duration.ofSeconds(55));

        CacheEngine restored = new CacheEngine(settings());
        RestoreResult result = restore(restored);
        assertThat(result.items()).isEqualTo(1);
        assertThat(result.expired()).isEqualTo(1);
        assertThat(view(restored, "short")).isNull();
        assertThat(value(restored, "long")).isEqualTo("l");
        clock.advance(Duration.ofMillis(999));
        assertThat(view(restored, "long")).isNotNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(view(restored, "long")).isNull();
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1})
    void shouldReplaceCasUniquesThatTheCacheWouldNeverAssign(long unique) throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        set(saved, update("high", "h").assignCas(unique));
        set(saved, update("low", "l").assignCas(1000));
        save(saved);
        CacheEngine restored = new CacheEngine(settings());
        restore(restored);
        assertThat(found(restored, "high").casUnique()).isPositive();
        assertThat(found(restored, "low").casUnique()).isEqualTo(1000);
        ItemUpdate next = update("next", "n");
        set(restored, next);
        assertThat(Long.compareUnsigned(
                        next.casUnique(), found(restored, "high").casUnique()))
                .isPositive();
        assertThat(Long.compareUnsigned(next.casUnique(), 1000)).isPositive();
    }

    @Test
    void shouldAssignGreaterCasUniquesAfterTheLargestRestoredOne() throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        set(saved, update("max", "m").assignCas(Long.MAX_VALUE));
        save(saved);
        CacheEngine restored = new CacheEngine(settings());
        restore(restored);
        assertThat(found(restored, "max").casUnique()).isEqualTo(Long.MAX_VALUE);
        ItemUpdate next = update("next", "n");
        set(restored, next);
        assertThat(Long.compareUnsigned(next.casUnique(), Long.MAX_VALUE)).isPositive();
    }

    @Test
    void shouldRestoreWithAndWithoutCasUniques() throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        set(saved, update("k", "v"));
        save(saved);
        CacheEngine without = new CacheEngine(settings().hasCasUniques(false));
        assertThat(restore(without).items()).isEqualTo(1);
        assertThat(found(without, "k").casUnique()).isZero();
        save(without);
        CacheEngine with = new CacheEngine(settings());
        assertThat(restore(with).items()).isEqualTo(1);
        assertThat(found(with, "k").casUnique()).isPositive();
    }

    @Test
    void shouldKeepTheMostValuableItemsInLessMemory() throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        for (int i = 0; i < 20_000; i++) {
            set(saved, update("key-" + i, "x".repeat(1000)));
            if (i % 5 == 0) {
                saved.get(bytes("key-" + i), 0, bytes("key-" + i).length, new ItemView());
            }
        }
        save(saved);
        for (boolean evicts : new boolean[] {true, false}) {
            CacheEngine restored =
                    new CacheEngine(settings().memoryLimitBytes(8 << 20).evicts(evicts));
            RestoreResult result = restore(restored);
            int kept = 0;
            for (int i = 0; i < 20_000; i += 5) {
                kept += view(restored, "key-" + i) == null ? 0 : 1;
            }
            assertThat(kept).as("of the items that were read").isEqualTo(4000);
            assertThat(result.items()).isBetween(6000L, 8000L);
            assertThat(result.items() + result.overLimit()).isEqualTo(20_000);
        }
    }

    @Test
    void shouldRestoreLargeItemsAndOmitThoseThatAreTooLarge() throws IOException {
        CacheEngine saved =
                new CacheEngine(settings().memoryLimitBytes(128 << 20).maxItemSizeBytes(20 << 20));
        SplittableRandom random = new SplittableRandom(1);
        int[] lengths = {100_000, 131_000, 131_036, 140_000, 300_000, 1_000_000, 17 << 20};
        byte[][] values = new byte[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            values[i] = new byte[lengths[i]];
            random.nextBytes(values[i]);
            byte[] key = bytes("key-" + i);
            set(saved, new ItemUpdate().key(key, 0, key.length).value(values[i], 0, values[i].length));
        }
        save(saved);

        CacheEngine same =
                new CacheEngine(settings().memoryLimitBytes(128 << 20).maxItemSizeBytes(20 << 20));
        assertThat(restore(same).items()).isEqualTo(lengths.length);
        for (int i = 0; i < lengths.length; i++) {
            assertThat(Arrays.equals(found(same, "key-" + i).value(), values[i]))
                    .isTrue();
        }
        CacheEngine smaller = new CacheEngine(settings().memoryLimitBytes(64 << 20));
        RestoreResult result = restore(smaller);
        assertThat(result.items()).isEqualTo(lengths.length - 1);
        assertThat(result.tooLarge()).isEqualTo(1);
        assertThat(Arrays.equals(found(smaller, "key-5").value(), values[5])).isTrue();
    }

    @ParameterizedTest
    @ValueSource(longs = {16L << 20, 64L << 20, 512L << 20})
    void shouldRestoreIntoAnotherNumberOfPartitions(long limit) throws IOException {
        CacheEngine saved = new CacheEngine(settings());
        for (int i = 0; i < 50_000; i++) {
            set(saved, update("key-" + i, "value " + i));
        }
        assertThat(save(saved).items()).isEqualTo(50_000);
        CacheEngine restored = new CacheEngine(settings().memoryLimitBytes(limit));
        assertThat(restore(restored).items()).isEqualTo(50_000);
        for (int i = 0; i < 50_000; i++) {
            assertThat(value(restored, "key-" + i)).isEqualTo("value " + i);
        }
    }

    @Test
    void shouldSaveAndRestoreByTheApi() throws IOException {
        try (Cache cache = Cache.builder().clock(clock).build()) {
            MemcachedOperations.set(cache, "k", bytes("v"), 7, 100);
            SaveResult result = cache.saveTo(file);
            assertThat(result.items()).isEqualTo(1);
            assertThat(cache.statistics().lastSave()).isEqualTo(result);
            assertThat(cache.statistics().get(Statistic.SAVES)).isEqualTo(1);
            assertThat(cache.statistics().restored()).isNull();
        }
        try (Cache cache = Cache.builder().clock(clock).restoreFrom(file).build()) {
            assertThat(cache.get("k")).isEqualTo(bytes("v"));
            assertThat(cache.statistics().lastSave()).isNull();
            assertThat(Objects.requireNonNull(cache.statistics().restored()).items())
                    .isEqualTo(1);
            assertThat(cache.statistics().get(Statistic.ITEMS_RESTORED)).isEqualTo(1);
            assertThat(cache.statistics().get(Statistic.BLOCKS_LOST)).isZero();
        }
        assertThat(folder).isDirectoryContaining(path -> path.endsWith("cache"));
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void shouldBeReadableByItsOwnerOnly() throws IOException {
        Files.writeString(file, "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        try (Cache cache = Cache.builder().build()) {
            cache.saveTo(file);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }
}
