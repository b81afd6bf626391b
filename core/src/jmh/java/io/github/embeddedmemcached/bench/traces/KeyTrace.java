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
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which keys an application asked for, one after the other, and how large their values are.
 *
 * <p>A file of them ends in {@code .txt}, with a line {@code key [size]} for each request, or in {@code .trace}, with keys of 32
 * bits, little endian. Either can be packed by xz, and is unpacked by the program of that name.
 */
final class KeyTrace {
    /** A value's size where the trace has none. */
    static final int DEFAULT_VALUE_BYTES = 300;

    /** Larger values are taken for this: memcached's largest item is 1 MiB. */
    static final int VALUE_BYTES_MAX = 1_000_000;

    private final String name;
    private final long[] keys;
    private final int[] sizes;

    KeyTrace(String name, long[] keys, int[] sizes) {
        this.name = name;
        this.keys = keys;
        this.sizes = sizes;
    }

    /** One whose values are of the default size. */
    static KeyTrace ofKeys(String name, long[] keys) {
        int[] sizes = new int[keys.length];
        Arrays.fill(sizes, DEFAULT_VALUE_BYTES);
        return new KeyTrace(name, keys, sizes);
    }

    /** The traces of a folder, each cut at so many requests. */
    static List<KeyTrace> ofFolder(Path folder, int requestsMax) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(file -> file.toString().matches(".*\\.(txt|trace)(\\.xz)?"))
                    .sorted()
                    .toList();
        }
        List<KeyTrace> traces = new java.util.ArrayList<>();
        for (Path file : files) {
            traces.add(ofFile(file, requestsMax));
        }
        return traces;
    }

    private static KeyTrace ofFile(Path file, int requestsMax) throws IOException {
        String name = file.getFileName().toString();
        boolean packed = name.endsWith(".xz");
        String plain = packed ? name.substring(0, name.length() - ".xz".length()) : name;
        Process unpacking = packed ? new ProcessBuilder("xz", "-dc", file.toString()).start() : null;
        try (InputStream in =
                new BufferedInputStream(unpacking == null ? Files.newInputStream(file) : unpacking.getInputStream())) {
            String shortName = plain.substring(0, plain.lastIndexOf('.'));
            return plain.endsWith(".txt") ? ofLines(shortName, in, requestsMax) : ofInts(shortName, in, requestsMax);
        } finally {
            if (unpacking != null) {
                unpacking.destroy();
            }
        }
    }

    private static KeyTrace ofLines(String name, InputStream in, int requestsMax) throws IOException {
        long[] keys = new long[requestsMax];
        int[] sizes = new int[requestsMax];
        int requests = 0;
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null && requests < requestsMax; line = lines.readLine()) {
            String[] words = line.strip().split("\\s+");
            if (!words[0].isEmpty()) {
                keys[requests] = Long.parseLong(words[0]);
                sizes[requests] = words.length > 1 ? size(Long.parseLong(words[1])) : DEFAULT_VALUE_BYTES;
                requests++;
            }
        }
        return new KeyTrace(name, Arrays.copyOf(keys, requests), Arrays.copyOf(sizes, requests));
    }

    private static int size(long bytes) {
        return (int) Math.max(1, Math.min(VALUE_BYTES_MAX, bytes));
    }

    private static KeyTrace ofInts(String name, InputStream in, int requestsMax) throws IOException {
        long[] keys = new long[requestsMax];
        int requests = 0;
        DataInputStream data = new DataInputStream(in);
        try {
            for (; requests < requestsMax; requests++) {
                keys[requests] = Integer.toUnsignedLong(Integer.reverseBytes(data.readInt()));
            }
        } catch (EOFException e) {
            // that was the last one
        }
        return ofKeys(name, Arrays.copyOf(keys, requests));
    }

    String name() {
        return name;
    }

    int requests() {
        return keys.length;
    }

    /** What a request asks for. */
    String key(int request) {
        return "t:" + Long.toHexString(keys[request]);
    }

    int size(int request) {
        return sizes[request];
    }

    /** Bytes of the values of all keys, each once. */
    long footprintBytes() {
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
