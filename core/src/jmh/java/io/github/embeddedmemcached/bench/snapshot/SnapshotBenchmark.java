package io.github.embeddedmemcached.bench.snapshot;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.cache.SaveResult;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Saves and restores a cache, and compares the times with those of writing, forcing and reading the same bytes through a {@link FileChannel}.
 * The files are read from the page cache. Meanwhile another thread reads and writes items; its longest pause is printed.
 *
 * <p>Arguments: the directory for the files, the number of items (a million), the length of the values (100), the repetitions (7).
 */
public final class SnapshotBenchmark {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final double NANOS_PER_MILLI = 1e6;

    private final Path file;
    private final Path plain;
    private final int items;
    private final int valueLength;

    private SnapshotBenchmark(Path folder, int items, int valueLength) {
        file = folder.resolve("snapshot-benchmark");
        plain = folder.resolve("snapshot-benchmark-plain");
        this.items = items;
        this.valueLength = valueLength;
    }

    /** Runs the benchmark, and prints a line for each repetition. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        int items = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int valueLength = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
        int repetitions = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 7;
        new SnapshotBenchmark(folder, items, valueLength).run(repetitions);
    }

    private long limitBytes() {
        return 64L << 20 | Long.highestOneBit((long) items * (valueLength + 64)) * 2;
    }

    private void run(int repetitions) throws IOException, InterruptedException {
        try (Cache cache = Cache.builder().memoryLimitBytes(limitBytes()).build()) {
            byte[] value = new byte[valueLength];
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < items; i++) {
                random.nextBytes(value);
                cache.set(key(i), value);
            }
            System.out.println("save, plain write and force; restore, plain read: milliseconds");
            for (int i = 0; i < repetitions; i++) {
                SaveResult saved = cache.saveTo(file);
                Duration written = writePlain();
                Duration read = readPlain();
                RestoreResult restored;
                try (Cache other = Cache.builder()
                        .memoryLimitBytes(limitBytes())
                        .restoreFrom(file)
                        .build()) {
                    restored = Objects.requireNonNull(other.statistics().restored());
                }
                System.out.printf(
                        "%d items, %d MB: save %.0f, write %.0f (%.2f); restore %.0f, read %.0f (%.2f)%n",
                        restored.items(),
                        saved.bytes() >> 20,
                        millis(saved.elapsed()),
                        millis(written),
                        millis(written) / millis(saved.elapsed()),
                        millis(restored.elapsed()),
                        millis(read),
                        millis(read) / millis(restored.elapsed()));
            }
            printPauses(cache);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(plain);
        }
    }

    private static String key(int index) {
        return "key-" + (100_000_000 + index);
    }

    private static double millis(Duration duration) {
        return duration.toNanos() / NANOS_PER_MILLI;
    }

    private Duration writePlain() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        long begin = System.nanoTime();
        try (FileChannel channel = FileChannel.open(plain, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
                chunk.clear()
                        .put(bytes, offset, Math.min(CHUNK_BYTES, bytes.length - offset))
                        .flip();
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
            }
            channel.force(true);
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - begin);
        Files.delete(plain);
        return elapsed;
    }

    private Duration readPlain() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        long begin = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(chunk) >= 0) {
                chunk.clear();
            }
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** Prints the longest operation of another thread while the cache is idle, and while it is saved. */
    private void printPauses(Cache cache) throws IOException, InterruptedException {
        for (boolean isSaved : new boolean[] {false, true}) {
            AtomicBoolean isEnded = new AtomicBoolean();
            long[] longest = new long[1];
            Thread client = new Thread(() -> {
                SplittableRandom random = new SplittableRandom(2);
                byte[] value = new byte[valueLength];
                while (!isEnded.get()) {
                    String key = key(random.nextInt(items));
                    long begin = System.nanoTime();
                    if (random.nextBoolean()) {
                        cache.get(key);
                    } else {
                        cache.set(key, value);
                    }
                    longest[0] = Math.max(longest[0], System.nanoTime() - begin);
                }
            });
            client.start();
            if (isSaved) {
                cache.saveTo(file);
            } else {
                writePlain();
            }
            isEnded.set(true);
            client.join();
            System.out.printf(
                    "longest operation %s: %.2f ms%n",
                    isSaved ? "during a save" : "while a file of this length is written", longest[0] / NANOS_PER_MILLI);
        }
    }
}
