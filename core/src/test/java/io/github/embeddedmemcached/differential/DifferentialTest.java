package io.github.embeddedmemcached.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.differential.Comparison.Outcome;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Sends random requests to this server and to a real memcached, and expects the same replies.
 *
 * <p>{@code -Ddifferential.sequences} sets the number of conversations, {@code -Ddifferential.seed} the seed of the first one. Each
 * conversation has its own seed. A failure prints the options that repeat it.
 */
class DifferentialTest {
    private static final int SEQUENCES_DEFAULT = 5_000;

    /** Disables the threads that move items: a number is not padded while such a thread refers to its item. */
    private static final String[] OPTIONS = {
        "-I", Comparison.ITEM_SIZE_MAX_BYTES / 1024 + "k", "-o", "no_lru_maintainer,no_lru_crawler,no_slab_reassign"
    };

    /** The number of attempts to reproduce a difference: one that is caused by the change of a second occurs only once. */
    private static final int ATTEMPTS = 3;

    /** One of this number of conversations uses the binary protocol. */
    private static final int CONVERSATIONS_PER_BINARY = 4;

    /** The number of reported differences after which the test ends. */
    private static final int DIFFERENCES_MAX = 5;

    @Test
    void shouldSendTheSameRepliesAsARealMemcached() throws IOException {
        int sequences = Integer.getInteger("differential.sequences", SEQUENCES_DEFAULT);
        long firstSeed = Long.getLong("differential.seed", 1);
        List<String> differences = new ArrayList<>();
        try (RealMemcached memcached = RealMemcached.start(OPTIONS);
                Comparison comparison = new Comparison(memcached)) {
            for (long seed = firstSeed; seed < firstSeed + sequences && differences.size() < DIFFERENCES_MAX; seed++) {
                Random random = new Random(new SplittableRandom(seed).nextLong());
                Conversation conversation = conversation(random);
                String difference = difference(comparison, conversation);
                if (!difference.isEmpty()) {
                    differences.add("# " + difference + '\n' + report(comparison, conversation, seed));
                }
            }
        }
        assertThat(String.join("\n", differences)).isEmpty();
    }

    @Test
    void shouldDescribeAReasonForEveryRule() throws IOException {
        try (InputStream reasons = DifferentialTest.class.getResourceAsStream("/transcripts/differences.txt")) {
            List<String> lines = new String(Objects.requireNonNull(reasons).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            assertThat(OlderMemcached.RULES)
                    .extracting(OlderMemcached.Rule::name)
                    .allMatch(name -> lines.stream().anyMatch(line -> line.startsWith(name + ": ")));
        }
    }

    private static Conversation conversation(Random random) {
        return random.nextInt(CONVERSATIONS_PER_BINARY) == 0
                ? new Conversation(Wire.BINARY, new BinaryGenerator(random).commands(), random.nextLong())
                : new Conversation(Wire.TEXT, new TextGenerator(random).commands(), random.nextLong());
    }

    /** Returns the difference of the last attempt; empty if an attempt has none. */
    private static String difference(Comparison comparison, Conversation conversation) throws IOException {
        String difference = "";
        for (int i = 0; i < ATTEMPTS; i++) {
            difference = comparison.compare(conversation).difference();
            if (difference.isEmpty()) {
                return "";
            }
        }
        return difference;
    }

    private static String report(Comparison comparison, Conversation conversation, long seed) throws IOException {
        Conversation shortest = new Shrinker(comparison).shrink(conversation);
        Outcome outcome = comparison.compare(shortest);
        StringBuilder report = new StringBuilder();
        report.append("-Ddifferential.seed=" + seed + " -Ddifferential.sequences=1\n");
        report.append("# ").append(outcome.difference()).append('\n');
        for (Exchange exchange : outcome.exchanges()) {
            report.append(Texts.transcriptLines("> ", exchange.request()));
            report.append(Texts.transcriptLines("< ", exchange.reply()));
        }
        report.append(Texts.transcriptLines("> ", outcome.rest().request()));
        report.append(Texts.transcriptLines("< ", outcome.rest().reply()));
        return report.toString();
    }
}
