package io.github.embeddedmemcached.bench.traces;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of requested keys, with the sizes of their values.
 *
 * <p>A trace file ends in {@code .txt}, with a line {@code key [size]} for each request, or in {@code .trace}, with 32-bit little-endian
 * keys. Either may be compressed with xz; it is decompressed by the program of that name.
 */
public final class KeyTrace {
    /** The size of a value for which the trace contains none. */
    static final int DEFAULT_VALUE_BYTES = 1_200; // so that small shares of the keys are megabytes

    /** Larger values are reduced to this size: memcached's largest item is 1 MiB. */
    static final int VALUE_BYTES_MAX = 1_000_000;

    private static final int INITIAL_REQUESTS = 1 << 17;

    private final String name;
    private final long[] keys;
    private final int[] sizes;

    /** Creates a trace of keys and the sizes of their values. */
    public KeyTrace(String name, long[] keys, int[] sizes) {
        this.name = name;
        this.keys = keys;
        this.sizes = sizes;
    }

    /** Returns a trace whose values all have the same size. */
    public static KeyTrace ofEqualSizes(String name, long[] keys, int valueBytes) {
        int[] sizes = new int[keys.length];
        Arrays.fill(sizes, valueBytes);
        return new KeyTrace(name, keys, sizes);
    }

    /** Reads the traces of a folder, each truncated to the given number of requests. */
    public static List<KeyTrace> readFolder(Path folder, int requestsMax) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(file -> file.toString().matches(".*\\.(txt|trace)(\\.xz)?"))
                    .sorted()
                    .toList();
        }
        List<KeyTrace> traces = new ArrayList<>();
        for (Path file : files) {
            traces.add(readFile(file, requestsMax));
        }
        return traces;
    }

    /** Reads a trace of a folder, or returns null if there is none of that name. */
    public static @Nullable KeyTrace readNamed(Path folder, String name) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            Path file = found.filter(path -> path.getFileName().toString().matches(name + "\\.(txt|trace)(\\.xz)?"))
                    .findFirst()
                    .orElse(null);
            return file == null ? null : readFile(file, Integer.MAX_VALUE);
        }
    }

    private static KeyTrace readFile(Path file, int requestsMax) throws IOException {
        String name = file.getFileName().toString();
        boolean isCompressed = name.endsWith(".xz");
        String uncompressedName = isCompressed ? name.substring(0, name.length() - ".xz".length()) : name;
        Process decompressor = isCompressed ? new ProcessBuilder("xz", "-dc", file.toString()).start() : null;
        try (InputStream in = new BufferedInputStream(
                decompressor == null ? Files.newInputStream(file) : decompressor.getInputStream())) {
            String shortName = uncompressedName.substring(0, uncompressedName.lastIndexOf('.'));
            return uncompressedName.endsWith(".txt")
                    ? parseText(shortName, in, requestsMax)
                    : parseBinary(shortName, in, requestsMax);
        } finally {
            if (decompressor != null) {
                decompressor.destroy();
            }
        }
    }

    private static KeyTrace parseText(String name, InputStream in, int requestsMax) throws IOException {
        long[] keys = new long[INITIAL_REQUESTS];
        int[] sizes = new int[INITIAL_REQUESTS];
        int requests = 0;
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null && requests < requestsMax; line = lines.readLine()) {
            String[] words = line.strip().split("\\s+");
            if (!words[0].isEmpty()) {
                if (requests == keys.length) {
                    keys = Arrays.copyOf(keys, 2 * requests);
                    sizes = Arrays.copyOf(sizes, 2 * requests);
                }
                keys[requests] = Long.parseLong(words[0]);
                sizes[requests] = words.length > 1 ? limitSize(Long.parseLong(words[1])) : DEFAULT_VALUE_BYTES;
                requests++;
            }
        }
        return new KeyTrace(name, Arrays.copyOf(keys, requests), Arrays.copyOf(sizes, requests));
    }

    private static int limitSize(long bytes) {
        return (int) Math.max(1, Math.min(VALUE_BYTES_MAX, bytes));
    }

    private static KeyTrace parseBinary(String name, InputStream in, int requestsMax) throws IOException {
        long[] keys = new long[INITIAL_REQUESTS];
        int requests = 0;
        DataInputStream data = new DataInputStream(in);
        try {
            for (; requests < requestsMax; requests++) {
                if (requests == keys.length) {
                    keys = Arrays.copyOf(keys, 2 * requests);
                }
                keys[requests] = Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
            }
        } catch (EOFException e) {
            // end of the trace
        }
        return ofEqualSizes(name, Arrays.copyOf(keys, requests), DEFAULT_VALUE_BYTES);
    }

    public String name() {
        return name;
    }

    public int requests() {
        return keys.length;
    }

    /** Returns the key of a request. */
    String key(int request) {
        return "t:" + Long.toHexString(keys[request]);
    }

    /** Returns the number that identifies the key of a request. */
    long id(int request) {
        return keys[request];
    }

    int size(int request) {
        return sizes[request];
    }

    /** Returns the keys. */
    public long[] keys() {
        return keys.clone();
    }

    /** Returns the number of distinct keys. */
    public int distinctKeys() {
        return (int) Arrays.stream(keys).distinct().count();
    }

    /** Returns the total size of the values of all distinct keys, in bytes. */
    public long footprintBytes() {
        Set<Long> seen = new HashSet<>();
        long bytes = 0;
        for (int i = 0; i < keys.length; i++) {
            if (seen.add(keys[i])) {
                bytes += sizes[i];
            }
        }
        return bytes;
    }
}
