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
 * Holds random conversations with this server and with a real memcached, and expects the same answers.
 *
 * <p>{@code -Ddifferential.sequences=1000000} holds so many, {@code -Ddifferential.seed=42} begins with that one. Each conversation
 * has a seed of its own: the one that a failure prints, with {@code -Ddifferential.sequences=1}, holds it again.
 */
class DifferentialTest {
    private static final int SEQUENCES_DEFAULT = 5_000;

    /** Without the thread that moves items in the background and holds them meanwhile: a number isn't padded then. */
    private static final String[] OPTIONS = {
        "-I", Comparison.ITEM_SIZE_MAX_BYTES / 1024 + "k", "-o", "no_lru_maintainer,no_lru_crawler,no_slab_reassign"
    };

    /** Time passes in the real one: what doesn't happen again was a second's end. */
    private static final int TRIES = 3;

    /** One conversation in so many is in the binary protocol. */
    private static final int BINARY_EVERY = 4;

    /** As many are told, so that several can be looked at after a long run. */
    private static final int DIFFERENCES_MAX = 5;

    @Test
    void shouldAnswerAsARealMemcachedDoes() throws IOException {
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
    void shouldGiveAReasonForEveryRule() throws IOException {
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
        return random.nextInt(BINARY_EVERY) == 0
                ? new Conversation(Wire.BINARY, new BinaryGenerator(random).commands(), random.nextLong())
                : new Conversation(Wire.TEXT, new TextGenerator(random).commands(), random.nextLong());
    }

    /** The last of several that came one after the other, or empty. */
    private static String difference(Comparison comparison, Conversation conversation) throws IOException {
        String difference = "";
        for (int i = 0; i < TRIES; i++) {
            difference = comparison.compare(conversation).difference();
            if (difference.isEmpty()) {
                return "";
            }
        }
        return difference;
    }

    private static String report(Comparison comparison, Conversation conversation, long seed) throws IOException {
        Conversation shortest = new Shrinker(comparison).shrunk(conversation);
        Outcome outcome = comparison.compare(shortest);
        StringBuilder report = new StringBuilder();
        report.append("-Ddifferential.seed=" + seed + " -Ddifferential.sequences=1\n");
        report.append("# ").append(outcome.difference()).append('\n');
        for (Exchange exchange : outcome.exchanges()) {
            report.append(Texts.transcriptLines("> ", exchange.request()));
            report.append(Texts.transcriptLines("< ", exchange.answer()));
        }
        report.append(Texts.transcriptLines("> ", outcome.rest().request()));
        report.append(Texts.transcriptLines("< ", outcome.rest().answer()));
        return report.toString();
    }
}
