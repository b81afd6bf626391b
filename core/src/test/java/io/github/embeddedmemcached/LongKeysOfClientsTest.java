package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Items in a server's cache whose keys are too long for memcached's protocols. */
class LongKeysOfClientsTest {
    private static final String LONG = "k".repeat(251);
    private static final byte[] VALUE = {'5'};

    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    private final Cache cache = memcached.cache();

    /** Sends commands to a server, and returns the replies. */
    private String send(String commands) throws IOException {
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            return client.send(commands + "quit\r\n").readUntilClosed();
        }
    }

    private void storeItems() {
        cache.set("short", VALUE);
        cache.set("s".repeat(250), VALUE);
        cache.set(LONG, VALUE);
        cache.set("k".repeat(256), VALUE);
        cache.set("k".repeat(Cache.KEY_LENGTH_MAX), VALUE);
    }

    @Test
    void shouldSkipLongKeysInDumps() throws IOException {
        storeItems();
        assertThat(send("lru_crawler mgdump all\r\n").lines())
                .containsExactlyInAnyOrder("OK", "mg short", "mg " + "s".repeat(250), "EN");
        assertThat(send("lru_crawler metadump all\r\n").lines())
                .hasSize(4)
                .anyMatch(line -> line.startsWith("key=short "))
                .anyMatch(line -> line.startsWith("key=" + "s".repeat(250) + " "))
                .noneMatch(line -> line.contains("kk"));
        StringBuilder dumps = new StringBuilder();
        for (int id = 1; id < 64; id++) {
            dumps.append("stats cachedump ").append(id).append(" 0\r\n");
        }
        assertThat(send(dumps.toString()).lines().filter(line -> line.startsWith("ITEM ")))
                .containsExactlyInAnyOrder("ITEM short [1 b; 0 s]", "ITEM " + "s".repeat(250) + " [1 b; 0 s]");
    }

    @Test
    void shouldCountItemsWithLongKeysInTotals() throws IOException {
        storeItems();
        assertThat(send("stats\r\n")).contains("STAT curr_items 5\r\n").contains("STAT total_items 5\r\n");
        assertThat(send("stats items\r\n").lines().filter(line -> line.contains(":number ")))
                .extracting(line -> Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1)))
                .satisfies(numbers ->
                        assertThat(numbers.stream().mapToInt(n -> n).sum()).isEqualTo(5));
        assertThat(send("lru_crawler crawl all\r\nflush_all\r\n")).endsWith("OK\r\n");
        assertThat(cache.get(LONG)).isNull();
    }

    @Test
    void shouldSkipLongKeysInTheLogOfEvictions() throws IOException {
        storeItems();
        try (SocketClient watcher = SocketClient.connect(memcached.address())) {
            watcher.send("watch evictions\r\n").expect("OK\r\n");
            assertThat(cache.evict(LONG)).isTrue();
            assertThat(cache.evict("k".repeat(Cache.KEY_LENGTH_MAX))).isTrue();
            assertThat(cache.evict("short")).isTrue();
            StringBuilder line = new StringBuilder();
            for (int c = watcher.input().read(); c > '\n'; c = watcher.input().read()) {
                line.append((char) c);
            }
            assertThat(line).contains("type=eviction key=short ");
        }
        assertThat(send("stats\r\n")).contains("STAT evictions 3\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "get %s",
                "gets %s",
                "gat 0 %s",
                "touch %s 0",
                "delete %s",
                "incr %s 1",
                "decr %s 1",
                "mg %s v",
                "md %s",
                "ma %s",
                "set %s 0 0 1\r\n7",
                "add %s 0 0 1\r\n7",
                "append %s 0 0 1\r\n7",
                "cas %s 0 0 1 1\r\n7",
                "ms %s 1\r\n7"
            })
    void shouldNotGiveClientsAccessToItemsWithLongKeys(String command) throws IOException {
        cache.set(LONG, VALUE);
        String replies = send(command.formatted(LONG) + "\r\n");
        assertThat(replies).startsWith("CLIENT_ERROR ").doesNotContain("VALUE", "STORED");
        assertThat(cache.get(LONG)).isEqualTo(VALUE);
    }

    @Test
    void shouldRejectALongKeyOverTheBinaryProtocol() throws IOException {
        cache.set(LONG, VALUE);
        byte[] request = new byte[24 + 251];
        request[0] = (byte) 0x80;
        request[3] = (byte) 251; // the length of the key
        request[11] = (byte) 251; // the length of the body
        System.arraycopy(LONG.getBytes(StandardCharsets.US_ASCII), 0, request, 24, 251);
        try (SocketClient client = SocketClient.connect(memcached.address())) {
            byte[] header = client.send(request).shutdownOutput().read(24);
            assertThat(header).startsWith(0x81, 0);
            assertThat(header[7]).isEqualTo((byte) 4); // invalid arguments
        }
    }

    @Test
    void shouldEscapeKeysThatWouldBreakALineOfADump() throws IOException {
        cache.set("a b\r\nSTORED", VALUE);
        assertThat(send("lru_crawler mgdump all\r\n")).isEqualTo("OK\r\nmg YSBiDQpTVE9SRUQ= b\r\nEN\r\n");
        assertThat(send("lru_crawler metadump all\r\n").lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith("key=a%20b%0D%0ASTORED "));
        assertThat(send("stats cachedump 1 0\r\nstats cachedump 2 0\r\n"))
                .contains("ITEM a b%0D%0ASTORED [1 b; 0 s]\r\n");
    }
}
