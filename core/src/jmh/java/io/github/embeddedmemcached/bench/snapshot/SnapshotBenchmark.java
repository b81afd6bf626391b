package io.github.embeddedmemcached.bench.snapshot;

import com.sun.management.OperatingSystemMXBean;
import com.sun.nio.file.ExtendedOpenOption;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.RestoreResult;
import io.github.embeddedmemcached.cache.SaveResult;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Saves and restores a cache, and compares the times with those of writing, forcing and reading the same bytes:
 *
 * <ul>
 *   <li>written through a {@link FileChannel}, and forced to the disk;
 *   <li>read from the page cache to one buffer, which stays in the processor's cache;
 *   <li>read from the page cache to new arrays, which, as the items of a restored cache, occupy the heap afterwards;
 *   <li>read from the disk, past the page cache, if the file system supports it.
 * </ul>
 *
 * <p>The cache is restored in this JVM, where the code is compiled already, and in a new JVM, as after a restart. Then another thread reads
 * and writes items while the cache is saved, and its longest operations are printed; a computation that does not use the cache shows how long
 * the thread is stopped by the machine or the garbage collector. The CPU times are those of the process. At last, {@link StoreComparison} prints a table of the
 * times of other persistent stores.
 *
 * <p>Arguments: the directory for the files, the number of items (a million), the length of the values (100), the repetitions (7).
 */
public final class SnapshotBenchmark {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int DISK_BLOCK_BYTES = 4096;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);
    /** Random bytes whose computation takes about as long as an operation. */
    private static final int COMPUTED_BYTES = 1000;

    private static final String RESTORE = "--restore";

    private final Path folder;
    private final Path file;
    private final Path plain;
    private final int items;
    private final int valueLength;

    private SnapshotBenchmark(Path folder, int items, int valueLength) {
        this.folder = folder;
        file = folder.resolve("snapshot-benchmark");
        plain = folder.resolve("snapshot-benchmark-plain");
        this.items = items;
        this.valueLength = valueLength;
    }

    /** Runs the benchmark, and prints a line for each repetition. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 3 && arguments[0].equals(RESTORE)) {
            System.out.println(restore(Path.of(arguments[1]), Long.parseLong(arguments[2]))
                    .elapsed()
                    .toNanos());
            return;
        }
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : System.getProperty("java.io.tmpdir"));
        int items = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000_000;
        int valueLength = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 100;
        int repetitions = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 7;
        new SnapshotBenchmark(folder, items, valueLength).run(repetitions);
    }

    static long limitBytes(int items, int valueLength) {
        return 64L << 20 | Long.highestOneBit((long) items * (valueLength + 64)) * 2;
    }

    private long limitBytes() {
        return limitBytes(items, valueLength);
    }

    private void run(int repetitions) throws IOException, InterruptedException {
        try (Cache cache = Cache.builder().memoryLimitBytes(limitBytes()).build()) {
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < items; i++) {
                cache.set(key(i), value(random, valueLength));
            }
            System.out.println(
                    "times in milliseconds, and in parentheses the ratio of the plain operation to the save or restore");
            for (int i = 0; i < repetitions; i++) {
                double begin = cpuMillis();
                SaveResult saved = cache.saveTo(file);
                double save = millis(saved.elapsed());
                System.out.printf(
                        Locale.ROOT,
                        "%d items, %d MB: save %.0f (CPU %.0f), write %s%n",
                        saved.items(),
                        saved.bytes() >> 20,
                        save,
                        cpuMillis() - begin,
                        ratio(millis(writePlain()), save));
                begin = cpuMillis();
                double warm = millis(restore(file, limitBytes()).elapsed());
                double cpu = cpuMillis() - begin;
                double cold = restoreInNewJvm();
                System.out.printf(Locale.ROOT, "  restore %.0f (CPU %.0f), in a new JVM %.0f%n", warm, cpu, cold);
                print("page cache to one buffer", millis(read(false)), warm, cold);
                print("page cache to new arrays", millis(read(true)), warm, cold);
                try {
                    print("disk", millis(readDisk()), warm, cold);
                } catch (IOException | UnsupportedOperationException e) {
                    System.out.println("  the file system cannot be read past the page cache: " + e);
                }
            }
            printPauses(cache);
        } finally {
            Files.deleteIfExists(file);
            Files.deleteIfExists(plain);
        }
        new StoreComparison(folder, items, valueLength).run();
    }

    private static void print(String source, double time, double warm, double cold) {
        System.out.printf(
                Locale.ROOT, "    %s %.0f (%.2f, in a new JVM %.2f)%n", source, time, time / warm, time / cold);
    }

    private static String ratio(double plain, double time) {
        return String.format(Locale.ROOT, "%.0f (%.2f)", plain, plain / time);
    }

    static String key(int index) {
        return "key-" + (100_000_000 + index);
    }

    static byte[] value(SplittableRandom random, int length) {
        byte[] value = new byte[length];
        random.nextBytes(value);
        return value;
    }

    private static double cpuMillis() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / NANOS_PER_MILLI;
    }

    static double millis(Duration duration) {
        return duration.toNanos() / NANOS_PER_MILLI;
    }

    private static RestoreResult restore(Path file, long limitBytes) {
        try (Cache cache =
                Cache.builder().memoryLimitBytes(limitBytes).restoreFrom(file).build()) {
            return Objects.requireNonNull(cache.statistics().restored());
        }
    }

    private double restoreInNewJvm() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SnapshotBenchmark.class.getName(),
                        RESTORE,
                        file.toString(),
                        Long.toString(limitBytes()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return Long.parseLong(output.strip()) / NANOS_PER_MILLI;
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

    /** Reads the file from the page cache, and copies it to new arrays or not at all. */
    private Duration read(boolean toArrays) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        byte[][] arrays = new byte[(int) (Files.size(file) / CHUNK_BYTES) + 1][];
        return read(chunk, toArrays ? arrays : null, StandardOpenOption.READ);
    }

    private Duration readDisk() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES + DISK_BLOCK_BYTES)
                .alignedSlice(DISK_BLOCK_BYTES)
                .limit(CHUNK_BYTES)
                .slice();
        return read(chunk, null, StandardOpenOption.READ, ExtendedOpenOption.DIRECT);
    }

    private Duration read(ByteBuffer chunk, byte @Nullable [][] arrays, OpenOption... options) throws IOException {
        long begin = System.nanoTime();
        try (FileChannel channel = FileChannel.open(file, options)) {
            for (int i = 0; channel.position() < channel.size(); i++) {
                channel.read(chunk.clear());
                if (arrays != null) {
                    byte[] array = new byte[chunk.flip().remaining()];
                    chunk.get(array);
                    arrays[i] = array;
                }
            }
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** Prints the longest operations of another thread while nothing else happens, while a file is written, and while the cache is saved. */
    private void printPauses(Cache cache) throws IOException, InterruptedException {
        SaveResult saved = cache.saveTo(file);
        printPauses(
                cache,
                "without a save",
                () -> TimeUnit.NANOSECONDS.sleep(saved.elapsed().toNanos()));
        printPauses(cache, "while a file of this length is written", this::writePlain);
        for (int i = 0; i < 3; i++) {
            printPauses(cache, "during a save", () -> cache.saveTo(file));
        }
    }

    /** Something that happens while another thread uses the cache. */
    private interface Activity {
        void run() throws IOException, InterruptedException;
    }

    private void printPauses(Cache cache, String name, Activity activity) throws IOException, InterruptedException {
        AtomicBoolean isEnded = new AtomicBoolean();
        long[] longest = new long[3];
        int[] pauses = new int[3];
        Thread client = new Thread(() -> {
            SplittableRandom random = new SplittableRandom(2);
            byte[] value = new byte[valueLength];
            byte[] computed = new byte[COMPUTED_BYTES];
            while (!isEnded.get()) {
                String key = key(random.nextInt(items));
                int kind = random.nextInt(3);
                long begin = System.nanoTime();
                switch (kind) {
                    case 0 -> cache.get(key);
                    case 1 -> cache.set(key, value);
                    default -> random.nextBytes(computed);
                }
                long elapsed = System.nanoTime() - begin;
                longest[kind] = Math.max(longest[kind], elapsed);
                pauses[kind] += elapsed > PAUSE_NANOS_MAX ? 1 : 0;
            }
        });
        client.start();
        activity.run();
        isEnded.set(true);
        client.join();
        System.out.printf(
                Locale.ROOT,
                "%s: longest get %.2f ms, set %.2f ms, computation %.2f ms; longer than 10 ms: %d, %d, %d%n",
                name,
                longest[0] / NANOS_PER_MILLI,
                longest[1] / NANOS_PER_MILLI,
                longest[2] / NANOS_PER_MILLI,
                pauses[0],
                pauses[1],
                pauses[2]);
    }
}
