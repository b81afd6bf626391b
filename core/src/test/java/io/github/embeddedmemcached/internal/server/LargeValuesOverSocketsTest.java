package io.github.embeddedmemcached.internal.server;

import static io.github.embeddedmemcached.internal.server.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.engine.memory.DirectMemory;
import io.github.embeddedmemcached.internal.engine.memory.HeapAccount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Values that are read to direct memory and written from there, among small requests. */
@Timeout(120)
class LargeValuesOverSocketsTest {
    private static final int LENGTH = 100_000;

    private final DirectMemory memory = HeapAccount.SHARED.directMemory();
    private final EmbeddedMemcached server = EmbeddedMemcached.start();
    private long usedBefore;

    @BeforeEach
    void awaitDirectMemory() {
        eventually("there is direct memory", () -> {
            DirectMemory.Piece piece = memory.acquire(1_000_000);
            if (piece != null) {
                piece.release();
            }
            return piece != null;
        });
        usedBefore = memory.usedBytes();
    }

    @AfterEach
    void closeServer() {
        server.close();
    }

    private static String value(int length, int seed) {
        char[] value = new char[length];
        for (int i = 0; i < length; i++) {
            value[i] = (char) ('a' + (i + seed) % 23);
        }
        return new String(value);
    }

    @Test
    void shouldStoreReceivedValuesInDirectMemoryAndReleaseIt() throws IOException {
        try (SocketClient client = SocketClient.connect(server.address())) {
            for (int i = 0; i < 10; i++) {
                client.send("set key" + i + " 0 0 " + LENGTH + "\r\n" + value(LENGTH, i) + "\r\n")
                        .expect("STORED\r\n");
            }
            assertThat(memory.usedBytes()).isGreaterThanOrEqualTo(usedBefore + 10 * LENGTH);
            client.send("flush_all\r\n").expect("OK\r\n");
        }
        server.close();
        eventually("the memory is released", () -> memory.usedBytes() <= usedBefore);
    }

    @Test
    void shouldExecutePipelinedRequestsWithValuesOfAllLengths() throws IOException {
        Random random = new Random(1);
        int[] lengths = {0, 10, 400, 511, 512, 513, 4_000, 32_768, 65_536, 65_537, 70_000, LENGTH, 300_000, 1_000_000};
        try (SocketClient client = SocketClient.connect(server.address())) {
            for (int round = 0; round < 60; round++) {
                StringBuilder requests = new StringBuilder();
                StringBuilder replies = new StringBuilder();
                for (int i = 0; i < 1 + round % 4; i++) {
                    int length = lengths[random.nextInt(lengths.length)];
                    String value = value(length, random.nextInt(23));
                    requests.append("set key 5 0 " + length + "\r\n" + value + "\r\n");
                    replies.append("STORED\r\n");
                    if (random.nextBoolean()) {
                        requests.append("get key nokey key\r\n");
                        String hit = "VALUE key 5 " + length + "\r\n" + value + "\r\n";
                        replies.append(hit + hit + "END\r\n");
                    } else {
                        requests.append("mg key s v\r\nmn\r\n");
                        replies.append("VA " + length + " s" + length + "\r\n" + value + "\r\nMN\r\n");
                    }
                }
                exchange(client, requests.toString(), replies.toString(), random);
            }
        }
    }

    /** Sends requests in parts of random length while the replies are read, as neither fits into the buffers of the sockets. */
    private static void exchange(SocketClient client, String requests, String replies, Random random)
            throws IOException {
        byte[] bytes = requests.getBytes(StandardCharsets.US_ASCII);
        Thread sender = new Thread(() -> {
            try {
                int length;
                for (int sent = 0; sent < bytes.length; sent += length) {
                    length = Math.min(bytes.length - sent, 1 + random.nextInt(200_000));
                    client.send(Arrays.copyOfRange(bytes, sent, sent + length));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        sender.start();
        client.expect(replies);
        eventually("all requests are sent", () -> !sender.isAlive());
    }

    @Test
    void shouldRejectALargeValueThatIsLongerThanItsCommandStates() throws IOException {
        try (SocketClient client = SocketClient.connect(server.address())) {
            client.send("set key 0 0 " + LENGTH + "\r\n" + value(LENGTH, 0) + "\r\n")
                    .expect("STORED\r\n")
                    .send("set key 0 0 " + LENGTH + "\r\n" + value(LENGTH, 0) + "xx\r\n")
                    .expect("CLIENT_ERROR bad data chunk\r\n");
        }
    }
}
