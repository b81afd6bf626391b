package io.github.embeddedmemcached.bench.snapshot;

import io.github.embeddedmemcached.cache.Cache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.ehcache.PersistentCacheManager;
import org.ehcache.config.builders.CacheConfigurationBuilder;
import org.ehcache.config.builders.CacheManagerBuilder;
import org.ehcache.config.builders.ResourcePoolsBuilder;
import org.ehcache.config.units.MemoryUnit;
import org.jspecify.annotations.Nullable;
import org.mapdb.DB;
import org.mapdb.DBMaker;
import org.mapdb.HTreeMap;
import org.mapdb.Serializer;

/**
 * Compares a cache that is saved to a file with the disk store of Ehcache 3 and with a MapDB file. Each stores the same items, of String keys
 * and byte[] values, and is closed; then it is opened again, and every item is read once.
 *
 * <p>They keep different promises. The cache holds all items in memory, and writes one file when it is closed, which is complete or absent
 * after a crash. Ehcache writes each item to the disk soon after it is stored, and its index when it is closed; after a crash it drops
 * all items. MapDB maps its file to memory; without its transaction log, which would make it slower, a crash damages the file. Neither
 * forces the file to the disk when it is closed, as the cache does. Both read items when they are needed, so that opening them is fast,
 * and reading is slow.
 */
final class StoreComparison {
    private static final int ROUNDS = 2;

    private final Path folder;
    private final int items;
    private final int valueLength;

    StoreComparison(Path folder, int items, int valueLength) {
        this.folder = folder.resolve("store-comparison");
        this.items = items;
        this.valueLength = valueLength;
    }

    /** A store that is open. */
    private record Store(
            BiConsumer<String, byte[]> writer, Function<String, byte @Nullable []> reader, AutoCloseable closer) {}

    /** Opens the store in a directory. */
    private interface Opener {
        Store open(Path folder) throws IOException;
    }

    void run() throws IOException {
        System.out.println(
                "milliseconds for storing all items and closing; for opening and reading all items; for both");
        for (int round = 0; round < ROUNDS; round++) {
            double cache = measure("cache", this::openCache, 0);
            measure("Ehcache 3", this::openEhcache, cache);
            measure("MapDB", StoreComparison::openMapDb, cache);
        }
    }

    private double measure(String name, Opener opener, double cacheMillis) throws IOException {
        delete();
        Files.createDirectories(folder);
        SplittableRandom random = new SplittableRandom(1);
        long begin = System.nanoTime();
        Store store = opener.open(folder);
        for (int i = 0; i < items; i++) {
            store.writer.accept(SnapshotBenchmark.key(i), SnapshotBenchmark.value(random, valueLength));
        }
        close(store);
        long middle = System.nanoTime();
        Store opened = opener.open(folder);
        int found = 0;
        for (int i = 0; i < items; i++) {
            byte[] value = opened.reader.apply(SnapshotBenchmark.key(i));
            found += value != null && value.length == valueLength ? 1 : 0;
        }
        long end = System.nanoTime();
        close(opened);
        delete();
        double save = (middle - begin) / 1e6;
        double restore = (end - middle) / 1e6;
        double both = save + restore;
        System.out.printf(
                Locale.ROOT,
                "%-10s store %7.0f, read %7.0f, both %7.0f (%5.2f times the cache's), %d items found%n",
                name,
                save,
                restore,
                both,
                cacheMillis == 0 ? 1 : both / cacheMillis,
                found);
        return both;
    }

    private static void close(Store store) throws IOException {
        try {
            store.closer.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private void delete() throws IOException {
        if (Files.exists(folder)) {
            List<Path> files;
            try (Stream<Path> all = Files.walk(folder)) {
                files = all.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path file : files) {
                Files.delete(file);
            }
        }
    }

    private Store openCache(Path target) {
        Cache cache = Cache.builder()
                .memoryLimitBytes(SnapshotBenchmark.limitBytes(items, valueLength))
                .persistTo(target.resolve("cache"))
                .build();
        return new Store(cache::set, cache::get, cache);
    }

    private Store openEhcache(Path target) {
        var resources = ResourcePoolsBuilder.newResourcePoolsBuilder()
                .disk(4 * SnapshotBenchmark.limitBytes(items, valueLength), MemoryUnit.B, true);
        PersistentCacheManager manager = CacheManagerBuilder.newCacheManagerBuilder()
                .with(CacheManagerBuilder.persistence(target.toFile()))
                .withCache(
                        "items",
                        CacheConfigurationBuilder.newCacheConfigurationBuilder(String.class, byte[].class, resources))
                .build(true);
        org.ehcache.Cache<String, byte[]> cache = manager.getCache("items", String.class, byte[].class);
        return new Store(cache::put, cache::get, manager);
    }

    private static Store openMapDb(Path target) {
        DB database = DBMaker.fileDB(target.resolve("mapdb").toFile())
                .fileMmapEnableIfSupported()
                .make();
        HTreeMap<String, byte[]> map = database.hashMap("items", Serializer.STRING, Serializer.BYTE_ARRAY)
                .createOrOpen();
        return new Store(map::put, map::get, database);
    }
}
