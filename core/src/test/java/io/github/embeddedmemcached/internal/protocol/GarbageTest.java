package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Random text input: no exception is thrown, and the replies do not depend on how the input is divided. */
class GarbageTest {
    private static final int ROUNDS = 200;
    private static final int REQUESTS_MAX = 30;

    /** Shorter than 2048 bytes, because a longer line without end is rejected at a moment that depends on the pieces. */
    private static final int JUNK_LENGTH_MAX = 60;

    /** Statistics that differ between runs: processor times, and the size of the index, whose hash has a random seed. */
    private static final Pattern VARYING_STATISTICS =
            Pattern.compile("STAT (rusage_user|rusage_system|hash_power_level|hash_bytes) .*\r\n");

    private static final String[] WORDS = {
        "get",
        "gets",
        "gat",
        "gats",
        "set",
        "add",
        "replace",
        "append",
        "prepend",
        "cas",
        "delete",
        "incr",
        "decr",
        "touch",
        "flush_all",
        "version",
        "verbosity",
        "stats",
        "shutdown",
        "nonsense",
        "HTTP/1.1",
        "mg",
        "ms",
        "md",
        "ma",
        "mn",
        "me",
        "v",
        "k",
        "s",
        "q",
        "t",
        "f",
        "h",
        "I",
        "x",
        "T30",
        "N30",
        "R60",
        "O1",
        "C3",
        "E5",
        "F7",
        "MA",
        "J9",
        "YQ==",
        "o".repeat(33),
        "noreply",
        "a",
        "b",
        "c",
        "0",
        "1",
        "2",
        "5",
        "-1",
        "+1",
        "007",
        "10",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "reset",
        "k".repeat(250),
        "k".repeat(251),
        "",
        "\t",
        "\0",
        "\u00ff",
        "\r",
        " "
    };

    @Test
    void shouldSendTheSameRepliesHoweverTheInputIsDivided() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            String input = conversation(random);
            String whole = play(input, input.length(), random);
            assertThat(play(input, 1, random)).as("seed %d, byte by byte", seed).isEqualTo(whole);
            assertThat(play(input, 7, random)).as("seed %d, small pieces", seed).isEqualTo(whole);
            assertThat(play(input, 200, random))
                    .as("seed %d, large pieces", seed)
                    .isEqualTo(whole);
        }
    }

    /** Sends the input in random pieces of limited length. Returns the replies, and at the end whether the session has closed. */
    private static String play(String input, int pieceLengthMax, Random random) {
        try (SessionTarget target = new SessionTarget()) {
            int sent = 0;
            while (sent < input.length()) {
                int count = Math.min(input.length() - sent, 1 + random.nextInt(pieceLengthMax));
                target.send(input.substring(sent, sent + count));
                sent += count;
            }
            String replies = target.receive(0) + (target.isClosed() ? "(closed)" : "");
            return VARYING_STATISTICS.matcher(replies).replaceAll("");
        }
    }

    private static String conversation(Random random) {
        StringBuilder input = new StringBuilder("version\r\n");
        int requests = random.nextInt(REQUESTS_MAX);
        for (int i = 0; i < requests; i++) {
            switch (random.nextInt(4)) {
                case 0 -> input.append(wellFormed(random));
                case 1 -> input.append(mutated(wellFormed(random), random));
                case 2 -> input.append(shuffled(random));
                default -> input.append(junk(random));
            }
        }
        return input.toString();
    }

    private static String wellFormed(Random random) {
        String key = String.valueOf((char) ('a' + random.nextInt(3)));
        String noreply = random.nextInt(4) == 0 ? " noreply" : "";
        String value = "1".repeat(random.nextInt(5));
        String quiet = random.nextInt(4) == 0 ? " q" : "";
        return switch (random.nextInt(14)) {
            case 0, 1 ->
                (random.nextBoolean() ? "set " : "add ") + key + " 5 0 " + value.length() + noreply + "\r\n" + value
                        + "\r\n";
            case 2 -> "append " + key + " 0 0 " + value.length() + noreply + "\r\n" + value + "\r\n";
            case 3 -> "incr " + key + " " + random.nextInt(100) + noreply + "\r\n";
            case 4 -> "delete " + key + noreply + "\r\n";
            case 5 -> "touch " + key + " 0" + noreply + "\r\n";
            case 6 -> "cas " + key + " 0 0 " + value.length() + " 3" + noreply + "\r\n" + value + "\r\n";
            case 7 -> "set " + key + " 0 0 " + (200_000 + random.nextInt(3)) + "\r\n" + "x".repeat(200_001) + "\r\n";
            case 8 -> "mg " + key + " v k Oabc s t c N30 R60" + quiet + "\r\n";
            case 9 ->
                "ms " + key + " " + value.length() + " c k s T30 M" + "ESAPR".charAt(random.nextInt(5)) + quiet + "\r\n"
                        + value + "\r\n";
            case 10 -> "ma " + key + " N30 J5 v c" + quiet + "\r\n";
            case 11 -> "md " + key + (random.nextBoolean() ? " I" : " x") + quiet + "\r\n";
            case 12 ->
                "ms " + key + " 200001 k Oabc" + quiet + "\r\n" + "x".repeat(200_000 + random.nextInt(3)) + "\r\n";
            default -> "get a b c " + key + "\r\n";
        };
    }

    private static String mutated(String request, Random random) {
        StringBuilder mutated = new StringBuilder(request);
        for (int i = random.nextInt(3); i >= 0 && !mutated.isEmpty(); i--) {
            int index = random.nextInt(Math.min(mutated.length(), 40));
            switch (random.nextInt(3)) {
                case 0 -> mutated.setCharAt(index, (char) random.nextInt(256));
                case 1 -> mutated.deleteCharAt(index);
                default -> mutated.insert(index, "0123456789 \r\n-x".charAt(random.nextInt(15)));
            }
        }
        return mutated.toString();
    }

    private static String shuffled(Random random) {
        StringBuilder line = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            line.append(WORDS[random.nextInt(WORDS.length)]).append(i > 0 ? " " : "");
        }
        return line.append(random.nextInt(5) == 0 ? "\n" : "\r\n").toString();
    }

    private static String junk(Random random) {
        byte[] junk = new byte[random.nextInt(JUNK_LENGTH_MAX)];
        random.nextBytes(junk);
        return new String(junk, StandardCharsets.ISO_8859_1) + (random.nextBoolean() ? "\n" : "");
    }
}
