package io.github.embeddedmemcached.internal.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.embeddedmemcached.cache.Cache;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Builds a cache with a file. Either waits for a line of input and ends without closing the cache, or saves a new generation of items again
 * and again until it is killed.
 */
final class SavingProgram {
    static final int ITEMS = 2000;

    private SavingProgram() {}

    public static void main(String[] arguments) throws IOException {
        Cache cache = Cache.builder()
                .persistTo(Path.of(arguments[0]))
                .saveAtShutdown(true)
                .build();
        System.out.println("built");
        if (arguments[1].equals("wait")) {
            set(cache, 1);
            new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
            System.out.println("ended");
            return;
        }
        byte[] first = cache.get("key-0");
        for (int generation = first == null ? 1 : first[0] + 1; ; generation++) {
            set(cache, generation);
            cache.saveTo(Path.of(arguments[0]));
        }
    }

    /** Every byte of every value is the number of the generation. */
    private static void set(Cache cache, int generation) {
        byte[] value = new byte[300];
        Arrays.fill(value, (byte) generation);
        for (int i = 0; i < ITEMS; i++) {
            cache.set("key-" + i, value);
        }
    }
}
