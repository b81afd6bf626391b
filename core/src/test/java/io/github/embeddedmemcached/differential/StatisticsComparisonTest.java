package io.github.embeddedmemcached.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Compares {@code stats}, {@code stats items} and {@code stats slabs} with a real memcached after the same random commands. */
class StatisticsComparisonTest {
    private static final int COMMANDS = 3_000;
    private static final int COMMANDS_PER_CAS = 20;
    private static final int KEYS = 40;
    private static final int TOO_LARGE_LENGTH = 1 << 20;

    /** The reply to a command that is sent after each other command, whose reply has an unknown number of lines. */
    private static final String END_OF_REPLY = "MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m\r\n";

    /** A CAS unique that no item has. */
    private static final String NO_CAS = " 999999999999";

    private static final int[] LENGTHS = {1, 10, 50, 100, 500, 1000, 5000, 20_000};

    /** The compared statistics: those that do not depend on background threads, memory management or the version. */
    private static final Pattern GENERAL = Pattern.compile("cmd_\\w+|get_\\w+|delete_\\w+|incr_\\w+|decr_\\w+|cas_\\w+"
            + "|touch_\\w+|store_\\w+|auth_\\w+|curr_items|total_items|bytes|evictions|reclaimed|expired_unfetched"
            + "|evicted_unfetched|crawler_reclaimed|total_connections|curr_connections|rejected_connections");

    private static final Pattern ITEMS = Pattern.compile("items:\\d+:(number|mem_requested|evicted|evicted_nonzero"
            + "|evicted_unfetched|outofmemory|reclaimed|expired_unfetched|crawler_reclaimed)");

    private static final Pattern SLABS =
            Pattern.compile("\\d+:(?!total_pages|total_chunks|free_chunks).*|active_slabs");

    @Test
    void shouldCountLikeARealMemcached() throws IOException {
        long seed = new Random().nextLong();
        try (RealMemcached real =
                        RealMemcached.start("-o", "no_lru_maintainer,no_lru_crawler,no_slab_reassign", "-t", "1");
                EmbeddedMemcached ours = EmbeddedMemcached.builder()
                        .memoryLimitBytes(64 << 20)
                        .threads(1)
                        .start()) {
            Map<String, String> expected = statisticsAfterTraffic(real.address(), seed);
            assertThat(statisticsAfterTraffic(ours.address(), seed))
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderEntriesOf(expected);
        }
    }

    private static Map<String, String> statisticsAfterTraffic(InetSocketAddress address, long seed) throws IOException {
        try (SocketClient client = SocketClient.connect(address)) {
            client.send("flush_all\r\n").expect("OK\r\n"); // RealMemcached has opened one more connection
            client.send("stats reset\r\n").expect("RESET\r\n");
            Random random = new Random(seed);
            for (int i = 0; i < COMMANDS; i++) {
                client.send(command(random) + "cache_memlimit 1\r\n");
                readUntil(client, END_OF_REPLY);
                if (i % COMMANDS_PER_CAS == 0) {
                    compareAndSet(client, random);
                }
            }
            Map<String, String> statistics = new TreeMap<>();
            addStatistics(client, " items", ITEMS, statistics);
            // only at the end: which flushed items are reclaimed before their lookup depends on the memory management
            client.send("flush_all\r\n").expect("OK\r\n");
            for (int i = 0; i < KEYS; i++) {
                client.send("get k" + i + " k" + i + "\r\n").expect("END\r\n");
            }
            addStatistics(client, "", GENERAL, statistics);
            addStatistics(client, " slabs", SLABS, statistics);
            return statistics;
        }
    }

    private static void addStatistics(SocketClient client, String group, Pattern names, Map<String, String> statistics)
            throws IOException {
        client.send("stats" + group + "\r\n");
        for (String line : readUntil(client, "END\r\n").split("\r\n")) {
            String[] words = line.split(" ");
            if (words.length == 3 && names.matcher(words[1]).matches()) {
                statistics.put(words[1], words[2]);
            }
        }
    }

    /** Reads up to a line that does not occur in earlier replies. */
    private static String readUntil(SocketClient client, String end) throws IOException {
        StringBuilder received = new StringBuilder();
        byte[] buffer = new byte[64 << 10];
        while (received.length() < end.length() || received.lastIndexOf(end) != received.length() - end.length()) {
            int count = client.input().read(buffer);
            assertThat(count).as("closed").isPositive();
            received.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
        }
        return received.toString();
    }

    private static String command(Random random) {
        String key = "k" + random.nextInt(KEYS);
        String flags = random.nextBoolean() ? " 0" : " 7";
        int length = LENGTHS[random.nextInt(LENGTHS.length)];
        String number = Integer.toString(random.nextInt(1000));
        return switch (random.nextInt(30)) {
            case 0 -> line("set " + key + flags + " 0", length, "");
            case 1 -> "set " + key + flags + " 0 " + number.length() + "\r\n" + number + "\r\n";
            case 2 -> line("add " + key + flags + " 0", length, "");
            case 3 -> line("replace " + key + flags + " 1000", length, "");
            case 4 -> line("append " + key + flags + " 0", length, "");
            case 5 -> line("prepend " + key + flags + " 0", length, "");
            case 6 -> line("cas " + key + flags + " 0", length, NO_CAS);
            case 7 -> "set " + key + flags + " 0 " + length + "\r\n" + "x".repeat(length) + "xx";
            case 8 -> oneInEight(random, line("set " + key + " 0 0", TOO_LARGE_LENGTH, ""));
            case 9 -> line("set " + key + flags + " 500", length, "");
            case 10 -> "get " + key + " none k1\r\n";
            case 11 -> "gets k1 k2 " + key + "\r\n";
            case 12 -> "gat 1000 " + key + " none\r\n";
            case 13 -> "touch " + key + " 1000\r\n";
            case 14 -> "delete " + key + "\r\n";
            case 15 -> "incr " + key + " 5\r\n";
            case 16 -> "decr " + key + " 5\r\n";
            case 17 -> "incr none 1\r\n";
            case 18 -> "mg " + key + " v t\r\n";
            case 19 -> "mg " + key + " T60\r\n";
            case 20 -> "mg " + key + " N30 v\r\n";
            case 21 -> line("ms " + key, length, " T100");
            case 22 -> line("ms " + key, length, " ME");
            case 23 -> line("ms " + key, length, " C" + NO_CAS.trim());
            case 24 -> "md " + key + "\r\n";
            case 25 -> "md " + key + " I T30\r\n";
            case 26 -> "md " + key + " C" + NO_CAS.trim() + "\r\n";
            case 27 -> "ma " + key + " N0 J5\r\n";
            case 28 -> "ma " + key + " MD\r\n";
            default -> "me " + key + "\r\n";
        };
    }

    private static String line(String start, int length, String end) {
        return start + " " + length + end + "\r\n" + "x".repeat(length) + "\r\n";
    }

    private static String oneInEight(Random random, String command) {
        return random.nextInt(8) == 0 ? command : "get k1\r\n";
    }

    /** Stores an item with its current CAS unique. */
    private static void compareAndSet(SocketClient client, Random random) throws IOException {
        String key = "k" + random.nextInt(KEYS);
        client.send("gets " + key + "\r\n");
        String[] words = readUntil(client, "END\r\n").split("\r\n")[0].split(" ");
        if (words.length > 4) {
            client.send(line("cas " + key + " 0 0", LENGTHS[random.nextInt(LENGTHS.length)], " " + words[4]));
            client.expect("STORED\r\n");
        }
    }
}
