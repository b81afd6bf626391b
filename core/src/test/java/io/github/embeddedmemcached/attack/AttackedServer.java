package io.github.embeddedmemcached.attack;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that starts a server, for tests that attack it. Prints the port, then executes one command per input line: {@code fill
 * <millis>} fills the heap for this time, {@code gc} prints how many bytes of the heap are in use.
 */
final class AttackedServer {
    private static final int BLOCK_LENGTH = 64 * 1024;
    private static final int SMALL_BLOCK_LENGTH = 64;

    private static Object @Nullable [] blocks;

    private AttackedServer() {}

    /** Arguments: {@code tls}, {@code udp}, or the maximum number of connections. */
    public static void main(String[] arguments) throws Exception {
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder().threads(2);
        for (String argument : arguments) {
            if (argument.equals("tls")) {
                builder.tls(TestTls.serverContext());
            } else if (argument.equals("udp")) {
                builder.udp(true);
            } else {
                builder.maxConnections(Integer.parseInt(argument));
            }
        }
        try (EmbeddedMemcached server = builder.start();
                BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(server.port());
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.startsWith("fill ")) {
                    fillHeap(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(line.substring(5))));
                    System.out.println("filled");
                } else {
                    System.gc();
                    System.out.println(Runtime.getRuntime().totalMemory()
                            - Runtime.getRuntime().freeMemory());
                }
            }
        }
    }

    /** Allocates all free memory, down to small blocks, until the time is over. */
    private static void fillHeap(long nanos) {
        long begin = System.nanoTime();
        int length = BLOCK_LENGTH;
        while (System.nanoTime() - begin < nanos) {
            try {
                blocks = new Object[] {blocks, new byte[length]};
            } catch (OutOfMemoryError e) {
                length = length == BLOCK_LENGTH ? SMALL_BLOCK_LENGTH : BLOCK_LENGTH;
            }
        }
        blocks = null;
    }
}
