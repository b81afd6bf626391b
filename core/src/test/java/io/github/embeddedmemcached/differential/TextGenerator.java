package io.github.embeddedmemcached.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Generates random requests of the text protocol: mostly valid commands with a small set of keys, others with one error, and garbage.
 *
 * <p>Replies do not depend on the time: exptimes are in the distant future or in the past.
 */
final class TextGenerator {
    private static final int COMMANDS_MAX = 24;
    private static final int WORDS_MAX = 24;
    private static final String CAS = String.valueOf(Conversation.LAST_CAS);
    private static final String OLDER_CAS = String.valueOf(Conversation.FIRST_CAS);

    private static final String[] KEYS = {"a", "b", "c"};
    private static final String[] ODD_KEYS = {
        "k".repeat(249),
        "k".repeat(250),
        "k".repeat(251),
        "k".repeat(300),
        "0",
        "-1",
        "get",
        "noreply",
        "VALUE",
        "END",
        "\u00ff\u0080",
        "\u0001\u007f",
        "a\0b",
        "\0",
        "a\t",
        "a\rb",
        "\u00c3\u00a4",
        "A"
    };

    private static final String[] FLAGS = {"0", "0", "0", "1", "5", "65536", "4294967295", "2147483648"};
    private static final String[] ODD_FLAGS = {
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551615\t-",
        "-18446744073709551615",
        "-1",
        "-0",
        "+1",
        "007",
        "1x",
        "x",
        "",
        "\t9\tx",
        "0x10"
    };

    private static final String[] EXPTIMES = {
        "0", "0", "0", "0", "0", "-1", "100000", "2592000", "1000000000", "2147483647"
    };
    private static final String[] ODD_EXPTIMES = {
        "-2147483648",
        "2592001",
        "2147483648",
        "-2147483649",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "+0",
        "+100000",
        "-0",
        "00",
        "000000100000",
        "0000000100000",
        "100000x",
        "x",
        "-",
        "99999999999999999999999"
    };

    private static final String[] DELTAS = {
        "1", "1", "0", "5", "10", "99", "1000", "9223372036854775808", "18446744073709551615"
    };
    private static final String[] ODD_DELTAS = {
        "18446744073709551616",
        "-1",
        "-0",
        "+1",
        "001",
        "0000000000000000000001",
        "00000000000000000000001",
        "1x",
        "x",
        "1.5",
        "0x1"
    };

    private static final String[] CAS_UNIQUES = {
        CAS, CAS, CAS, CAS, CAS, OLDER_CAS, "0", "999999999999", "18446744073709551615"
    };
    private static final String[] ODD_CAS_UNIQUES = {"18446744073709551616", "-1", "x", "1x", "+1", "", "noreply"};

    private static final String[] ODD_LENGTHS = {
        "-1",
        "-0",
        "-2147483648",
        "2147483645",
        "2147483646",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967297",
        "18446744073709551616",
        "99999999999999999999999",
        "+1",
        "x",
        "1x",
        "",
        "600000",
        "1000000000"
    };

    private static final String[] NUMBERS = {
        "0", "1", "2", "9", "10", "99", "100", "18446744073709551615", "18446744073709551614", "9223372036854775807"
    };
    private static final String[] ODD_NUMBERS = {
        "18446744073709551616",
        "-1",
        "-0",
        "+5",
        "007",
        " 5",
        "5 ",
        "5 6",
        "5\r\n",
        "5\n6",
        "\t5",
        "5x",
        "x5",
        "",
        " ",
        "5\0",
        "5\0x",
        "0000000000000000000000000000001",
        "99999999999999999999",
        "1.5",
        "-18446744073709551615"
    };

    private static final String[] TEXTS = {
        "x",
        "hello",
        "get a\r\n",
        "END\r\n",
        "VALUE a 0 1\r\n1\r\nEND\r\n",
        "set a 0 0 1\r\n2\r\n",
        "\r\n",
        "\n",
        "\r",
        "\0",
        "quit\r\n",
        "noreply"
    };

    /** Lengths around the limits at which values are stored differently by one of the servers. */
    private static final int[] LENGTHS = {
        254, 255, 256, 1000, 2047, 2048, 2049, 4093, 8192, 16000, 16380, 16381, 16384, 17000
    };

    private static final int ACCOUNTED_OVERHEAD = 48 + 8 + 1 + 2;

    private static final String[] STORAGE = {"set", "set", "set", "add", "replace", "append", "prepend"};
    private static final String[] COMMANDS = {
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
        "shutdown",
        "quit",
        "GET",
        "Set",
        "gett",
        "se",
        "HTTP/1.1",
        "get\t",
        "\0",
        "x"
    };

    private final RandomChoices choices;
    private final MetaGenerator meta;

    TextGenerator(Random random) {
        choices = new RandomChoices(random);
        meta = new MetaGenerator(choices);
    }

    List<String> commands() {
        List<String> commands = new ArrayList<>();
        for (int i = choices.below(COMMANDS_MAX); i >= 0; i--) {
            int kind = choices.below(100);
            if (kind < 72) {
                commands.add(valid());
            } else if (kind < 90) {
                commands.add(nearlyValid());
            } else if (kind < 95) {
                commands.add(shuffled());
            } else if (kind < 98) {
                commands.add(junk());
            } else {
                commands.add(attack());
            }
        }
        return commands;
    }

    private String valid() {
        return switch (choices.below(28)) {
            case 20, 21, 22, 23, 24, 25, 26, 27 -> meta.command(key(), numberOrText());
            case 0, 1, 2, 3 -> store(choices.of(STORAGE), FLAGS, EXPTIMES, numberOrText());
            case 4, 5 -> cas(CAS_UNIQUES, numberOrText());
            case 6, 7 -> "get " + keys() + "\r\n";
            case 8, 9, 10 -> "gets " + keys() + "\r\n";
            case 11 -> choices.of("gat ", "gats ") + choices.of(EXPTIMES) + " " + keys() + "\r\n";
            case 12 -> "delete " + key() + choices.of("", "", " 0") + noreply() + "\r\n";
            case 13, 14 -> "incr " + key() + " " + choices.of(DELTAS) + noreply() + "\r\n";
            case 15, 16 -> "decr " + key() + " " + choices.of(DELTAS) + noreply() + "\r\n";
            case 17 -> "touch " + key() + " " + choices.of(EXPTIMES) + noreply() + "\r\n";
            case 18 -> choices.oneIn(3) ? flush() : store("set", FLAGS, EXPTIMES, choices.of(NUMBERS));
            default -> choices.oneIn(3) ? other() : store("set", FLAGS, EXPTIMES, choices.of(ODD_NUMBERS));
        };
    }

    private String key() {
        return choices.oneIn(12) ? choices.of(ODD_KEYS) : choices.of(KEYS);
    }

    private String keys() {
        StringBuilder keys = new StringBuilder(key());
        while (choices.oneIn(2)) {
            keys.append(' ').append(key());
        }
        return keys.toString();
    }

    private String noreply() {
        return choices.oneIn(6) ? " noreply" : "";
    }

    private String flush() {
        return "flush_all" + choices.of("", " 0", " -1", " 1", " 2592000", " 1000000000", " 2147483647") + noreply()
                + "\r\n";
    }

    private String other() {
        return choices.of(
                "version\r\n",
                "version x\r\n",
                "verbosity 1\r\n",
                "verbosity 0 noreply\r\n",
                "shutdown\r\n",
                "stats reset\r\n",
                "stats nonsense\r\n",
                "quit\r\n");
    }

    private String numberOrText() {
        return switch (choices.below(8)) {
            case 0, 1, 2, 3 -> choices.of(NUMBERS);
            case 4 -> choices.of(ODD_NUMBERS);
            case 5, 6 -> choices.of(TEXTS);
            default -> choices.oneIn(4) ? longValue() : choices.bytes(choices.below(20));
        };
    }

    private String longValue() {
        int length = LENGTHS[choices.below(LENGTHS.length)];
        return switch (choices.below(4)) {
            case 0 -> "12" + " ".repeat(length - 2);
            case 1 -> "1".repeat(length);
            default -> choices.of("x", "\r\n", "get a\r\n").repeat(length).substring(0, length);
        };
    }

    // <command> <key> <flags> <exptime> <bytes> [noreply]\r\n<value>\r\n
    private String store(String command, String[] flags, String[] exptimes, String value) {
        return command + " " + key() + " " + choices.of(flags) + " " + choices.of(exptimes) + " " + value.length()
                + noreply() + "\r\n" + value + "\r\n";
    }

    // cas <key> <flags> <exptime> <bytes> <cas unique> [noreply]\r\n<value>\r\n
    private String cas(String[] casUniques, String value) {
        return "cas " + key() + " " + choices.of(FLAGS) + " " + choices.of(EXPTIMES) + " " + value.length() + " "
                + choices.of(casUniques) + noreply() + "\r\n" + value + "\r\n";
    }

    private String nearlyValid() {
        return switch (choices.below(13)) {
            case 0 -> store(choices.of(STORAGE), ODD_FLAGS, EXPTIMES, choices.of(NUMBERS));
            case 1 -> store(choices.of(STORAGE), FLAGS, ODD_EXPTIMES, choices.of(NUMBERS));
            case 2 -> cas(ODD_CAS_UNIQUES, choices.of(NUMBERS));
            case 3 -> choices.of("incr ", "decr ") + key() + " " + choices.of(ODD_DELTAS) + noreply() + "\r\n";
            case 4 ->
                choices.of("touch ", "gat ", "gats ") + key() + " " + choices.of(ODD_EXPTIMES) + noreply() + "\r\n";
            case 5 -> choices.of("gat ", "gats ") + choices.of(ODD_EXPTIMES) + " " + keys() + "\r\n";
            case 6 ->
                "delete " + key() + " " + choices.of("1", "x", "0 0", "noreply 0", "0 x", "00", "a b c d") + noreply()
                        + "\r\n";
            case 7 -> choices.of("flush_all ", "verbosity ") + choices.of(ODD_EXPTIMES) + noreply() + "\r\n";
            case 8 -> wrongLength();
            case 9 -> withOtherWords(valid());
            case 10 -> withOtherLineEnd(valid());
            default -> withOtherByte(valid());
        };
    }

    /** Returns a storage command whose value does not have the length in the command line. */
    private String wrongLength() {
        String command = choices.of(STORAGE) + " " + key() + " 0 0 ";
        String value = choices.of(choices.of(NUMBERS), choices.of(TEXTS), "12345678");
        return switch (choices.below(5)) {
            case 0 -> command + choices.of(ODD_LENGTHS) + noreply() + "\r\n" + value + "\r\n";
            case 1 -> command + (value.length() + 1) + noreply() + "\r\n" + value + "\r\n";
            case 2 -> command + Math.max(0, value.length() - 1) + noreply() + "\r\n" + value + "\r\n";
            case 3 -> command + (value.length() + 2) + noreply() + "\r\n" + value + "\r\n";
            default ->
                command + value.length() + noreply() + "\r\n" + value
                        + choices.of("", "\n", "\r", "xx", "\r\r", "\n\r", " \r\n");
        };
    }

    /** Removes, duplicates or replaces a word of the command line. */
    private String withOtherWords(String command) {
        int lineEnd = command.indexOf("\r\n");
        List<String> words =
                new ArrayList<>(Arrays.asList(command.substring(0, lineEnd).split(" ")));
        int index = choices.below(words.size());
        switch (choices.below(5)) {
            case 0 -> words.remove(index);
            case 1 -> words.add(index, words.get(index));
            case 2 -> words.set(index, word());
            case 3 -> words.add(word());
            default -> words.set(index, choices.of(" ", "  ", "") + words.get(index) + choices.of(" ", "  ", ""));
        }
        return String.join(" ", words) + command.substring(lineEnd);
    }

    private String withOtherLineEnd(String command) {
        int lineEnd = command.indexOf("\r\n");
        return command.substring(0, lineEnd)
                + choices.of("\n", "\r\r\n", " \r\n", "\r", "\0\r\n", "", "\n\n", "\r\n\r\n")
                + command.substring(lineEnd + 2);
    }

    private String withOtherByte(String command) {
        int index = choices.below(command.length());
        String other = choices.oneIn(2) ? choices.bytes(1) : choices.of("0", "1", " ", "-", "\r", "\n", "\t", "\0");
        return switch (choices.below(3)) {
            case 0 -> command.substring(0, index) + command.substring(index + 1);
            case 1 -> command.substring(0, index) + other + command.substring(index);
            default -> command.substring(0, index) + other + command.substring(index + 1);
        };
    }

    private String word() {
        return switch (choices.below(8)) {
            case 0 -> choices.of(COMMANDS);
            case 1 -> key();
            case 2 -> choices.of(ODD_FLAGS);
            case 3 -> choices.of(ODD_EXPTIMES);
            case 4 -> choices.of(NUMBERS);
            case 5 -> "noreply";
            case 6 -> choices.of(TEXTS);
            default -> "0";
        };
    }

    private String shuffled() {
        StringBuilder line = new StringBuilder(choices.of(COMMANDS));
        for (int i = choices.oneIn(10) ? WORDS_MAX : choices.below(8); i > 0; i--) {
            line.append(' ').append(word());
        }
        return line + choices.of("\r\n", "\r\n", "\r\n", "\n");
    }

    private String junk() {
        return choices.bytes(choices.below(60)) + choices.of("\n", "\r\n", "");
    }

    /** Returns input as an attacker or a faulty program might send it. */
    private String attack() {
        return switch (choices.below(12)) {
            case 0 -> "x".repeat(2040 + choices.below(20)) + choices.of("\r\n", "\n", "");
            case 1 -> choices.of("get ", "gets ", "gat 0 ") + "nothing ".repeat(choices.below(1000)) + keys() + "\r\n";
            case 2 ->
                choices.of("get ", "set ", "gat ", "incr ", "x ")
                        + "k".repeat(1000 + choices.below(1200))
                        + choices.of("\r\n", "\n", "");
            case 3 ->
                " ".repeat(90 + choices.below(20)) + choices.of("get ", "x ") + "k ".repeat(choices.below(2000))
                        + "\r\n";
            case 4 ->
                choices.of("get", "set a 0 0 1", "incr a 1", "delete a") + " x".repeat(choices.below(60)) + "\r\n";
            case 5 -> "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            case 6 -> "POST / HTTP/1.0\r\n\r\nset a 0 0 1\r\n1\r\n";
            case 7 -> atItemLimit();
            case 8 -> choices.of("\n", "\r\n", " ").repeat(1 + choices.below(50)) + "\r\n";
            case 9 -> "set " + key() + " 0 0 " + choices.of("1000000", "2147483645") + noreply() + "\r\nget a\r\n";
            case 10 -> "get" + " ".repeat(1 + choices.below(3000)) + keys() + choices.of("\r\n", "\n");
            default -> "\0".repeat(1 + choices.below(30)) + choices.of("\r\n", "\n", "");
        };
    }

    /** Returns a storage command for an item whose size is within one byte of the limit. */
    private String atItemLimit() {
        String key = choices.of(KEYS);
        String flags = choices.of("0", "1");
        int lengthMax =
                Comparison.ITEM_SIZE_MAX_BYTES - ACCOUNTED_OVERHEAD - key.length() - (flags.equals("0") ? 0 : 4);
        int length = lengthMax - 1 + choices.below(3);
        return choices.of(STORAGE) + " " + key + " " + flags + " 0 " + length + noreply() + "\r\n" + "x".repeat(length)
                + "\r\n";
    }
}
