package io.github.embeddedmemcached.internal.binary;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.protocol.SessionTarget;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Random binary input: no exception is thrown, and the replies do not depend on how the input is divided. */
class BinaryGarbageTest {
    private static final int ROUNDS = 200;
    private static final int REQUESTS_MAX = 30;
    private static final int OPCODES = 0x40;

    /** Statistics that differ between runs. */
    private static final Pattern VARYING_STATISTICS = Pattern.compile(
            "stat [^\r]*key=(rusage_(?:user|system)|hash_power_level|hash_bytes) value=[^\r]*\r\n", Pattern.DOTALL);

    private static final String[] STATISTICS = {"", "reset", "settings", "nonsense", "a"};
    private static final String[] EXPTIMES = {"0", "1", "100", "0x7fffffff", "0xffffffff"};

    private final BinaryWire wire = new BinaryWire();

    @Test
    void shouldSendTheSameRepliesHoweverTheInputIsDivided() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            ServerSettings settings = ServerSettings.defaults();
            if (random.nextInt(4) == 0) {
                settings = settings.with(ServerOption.CREDENTIALS, Optional.of(Credentials.NONE.with("a", "b")));
            }
            String input = conversation(random);
            String whole = play(settings, input, input.length(), random);
            assertThat(whole).doesNotContain("invalid packet");
            for (int pieceLengthMax : new int[] {1, 7, 200}) {
                assertThat(play(settings, input, pieceLengthMax, random))
                        .as("seed %d, pieces of up to %d bytes", seed, pieceLengthMax)
                        .isEqualTo(whole);
            }
        }
    }

    /** Sends the input in random pieces of limited length. Returns the replies, and at the end whether the session has closed. */
    private String play(ServerSettings settings, String input, int pieceLengthMax, Random random) {
        try (SessionTarget target = new SessionTarget(1 + random.nextInt(2000), settings)) {
            int sent = 0;
            while (sent < input.length()) {
                int count = Math.min(input.length() - sent, 1 + random.nextInt(pieceLengthMax));
                target.send(input.substring(sent, sent + count));
                sent += count;
            }
            String replies = wire.decode(target.receive(0)) + (target.isClosed() ? "(closed)" : "");
            return VARYING_STATISTICS.matcher(replies).replaceAll("");
        }
    }

    private String conversation(Random random) {
        StringBuilder input = new StringBuilder(wire.encode("version"));
        for (int i = random.nextInt(REQUESTS_MAX); i > 0; i--) {
            String request = wire.encode(wellFormed(random));
            switch (random.nextInt(12)) {
                case 0 -> input.append(mutatedHeader(request, random));
                case 1 -> input.append(wire.encode(withWrongLengths(random)));
                case 2 -> input.append(junk(random));
                default -> input.append(request);
            }
        }
        return input.toString();
    }

    private static String wellFormed(Random random) {
        String key = " key=" + (char) ('a' + random.nextInt(3));
        String quiet = random.nextBoolean() ? "q" : "";
        String exptime = " exptime=" + EXPTIMES[random.nextInt(EXPTIMES.length)];
        String cas = " cas=" + (random.nextInt(3) > 0 ? 0 : random.nextInt(6)) + " opaque=" + random.nextInt(1000);
        String value = " value=" + "1".repeat(random.nextInt(5));
        String request = switch (random.nextInt(14)) {
            case 0, 1, 2 -> pick(random, "set", "add", "replace") + quiet + " flags=5" + exptime + key + value;
            case 3 -> pick(random, "append", "prepend") + quiet + key + value;
            case 4, 5 ->
                pick(random, "incr", "decr") + quiet + " delta=" + random.nextInt(100) + " initial=9" + exptime + key;
            case 6 -> "delete" + quiet + key;
            case 7 -> pick(random, "gat", "gatk") + quiet + exptime + key;
            case 8 -> "touch" + exptime + key;
            case 9 -> "set" + quiet + " flags=0 exptime=0" + key + " value=" + "x".repeat(200_000);
            case 10 -> "stat key=" + STATISTICS[random.nextInt(STATISTICS.length)];
            case 11 -> pick(random, "noop", "version", "sasl-list", "verbosity level=1", "flush" + quiet);
            case 12 ->
                pick(random, "sasl-auth", "sasl-step") + " key=PLAIN"
                        + pick(random, "", " value=%00a%00b", " value=%00a%00c");
            default -> pick(random, "get", "getk") + quiet + key;
        };
        return request.replaceFirst(" ", cas + " ");
    }

    private static String pick(Random random, String... words) {
        return words[random.nextInt(words.length)];
    }

    private static String mutatedHeader(String request, Random random) {
        StringBuilder mutated = new StringBuilder(request);
        for (int i = random.nextInt(3); i >= 0; i--) {
            mutated.setCharAt(1 + random.nextInt(BinaryWire.HEADER_LENGTH - 1), (char) random.nextInt(256));
        }
        return mutated.toString();
    }

    /** Returns a request with any opcode whose lengths do not match its body. */
    private static String withWrongLengths(Random random) {
        return "0x" + Integer.toHexString(random.nextInt(OPCODES)) + " flags=0 exptime=0 key=a value=1 keylen="
                + random.nextInt(300) + " extlen=" + random.nextInt(30) + " bodylen=" + random.nextInt(600);
    }

    private static String junk(Random random) {
        StringBuilder junk = new StringBuilder();
        for (int i = random.nextInt(60); i > 0; i--) {
            junk.append((char) random.nextInt(256));
        }
        return junk.toString();
    }
}
