package io.github.embeddedmemcached.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Invents what a client of the text protocol says: mostly valid commands on few keys, others that are valid but for one thing, and
 * some that are nothing of the kind.
 *
 * <p>Time plays no part: exptimes are far away or past.
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

    /** Where values stop being stored as others are, here or there: the item limit, and a quarter of a segment. */
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

    private final Dice dice;
    private final MetaGenerator meta;

    TextGenerator(Random random) {
        dice = new Dice(random);
        meta = new MetaGenerator(dice);
    }

    List<String> commands() {
        List<String> commands = new ArrayList<>();
        for (int i = dice.upTo(COMMANDS_MAX); i >= 0; i--) {
            int kind = dice.upTo(100);
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
        return switch (dice.upTo(28)) {
            case 20, 21, 22, 23, 24, 25, 26, 27 -> meta.command(key(), numberOrText());
            case 0, 1, 2, 3 -> store(dice.of(STORAGE), FLAGS, EXPTIMES, numberOrText());
            case 4, 5 -> cas(CAS_UNIQUES, numberOrText());
            case 6, 7 -> "get " + keys() + "\r\n";
            case 8, 9, 10 -> "gets " + keys() + "\r\n";
            case 11 -> dice.of("gat ", "gats ") + dice.of(EXPTIMES) + " " + keys() + "\r\n";
            case 12 -> "delete " + key() + dice.of("", "", " 0") + noreply() + "\r\n";
            case 13, 14 -> "incr " + key() + " " + dice.of(DELTAS) + noreply() + "\r\n";
            case 15, 16 -> "decr " + key() + " " + dice.of(DELTAS) + noreply() + "\r\n";
            case 17 -> "touch " + key() + " " + dice.of(EXPTIMES) + noreply() + "\r\n";
            case 18 -> dice.oneIn(3) ? flush() : store("set", FLAGS, EXPTIMES, dice.of(NUMBERS));
            default -> dice.oneIn(3) ? other() : store("set", FLAGS, EXPTIMES, dice.of(ODD_NUMBERS));
        };
    }

    private String key() {
        return dice.oneIn(12) ? dice.of(ODD_KEYS) : dice.of(KEYS);
    }

    private String keys() {
        StringBuilder keys = new StringBuilder(key());
        while (dice.oneIn(2)) {
            keys.append(' ').append(key());
        }
        return keys.toString();
    }

    private String noreply() {
        return dice.oneIn(6) ? " noreply" : "";
    }

    private String flush() {
        return "flush_all" + dice.of("", " 0", " -1", " 1", " 2592000", " 1000000000", " 2147483647") + noreply()
                + "\r\n";
    }

    private String other() {
        return dice.of(
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
        return switch (dice.upTo(8)) {
            case 0, 1, 2, 3 -> dice.of(NUMBERS);
            case 4 -> dice.of(ODD_NUMBERS);
            case 5, 6 -> dice.of(TEXTS);
            default -> dice.oneIn(4) ? longValue() : dice.bytes(dice.upTo(20));
        };
    }

    private String longValue() {
        int length = LENGTHS[dice.upTo(LENGTHS.length)];
        return switch (dice.upTo(4)) {
            case 0 -> "12" + " ".repeat(length - 2);
            case 1 -> "1".repeat(length);
            default -> dice.of("x", "\r\n", "get a\r\n").repeat(length).substring(0, length);
        };
    }

    // <command> <key> <flags> <exptime> <bytes> [noreply]\r\n<value>\r\n
    private String store(String command, String[] flags, String[] exptimes, String value) {
        return command + " " + key() + " " + dice.of(flags) + " " + dice.of(exptimes) + " " + value.length() + noreply()
                + "\r\n" + value + "\r\n";
    }

    // cas <key> <flags> <exptime> <bytes> <cas unique> [noreply]\r\n<value>\r\n
    private String cas(String[] casUniques, String value) {
        return "cas " + key() + " " + dice.of(FLAGS) + " " + dice.of(EXPTIMES) + " " + value.length() + " "
                + dice.of(casUniques) + noreply() + "\r\n" + value + "\r\n";
    }

    private String nearlyValid() {
        return switch (dice.upTo(13)) {
            case 0 -> store(dice.of(STORAGE), ODD_FLAGS, EXPTIMES, dice.of(NUMBERS));
            case 1 -> store(dice.of(STORAGE), FLAGS, ODD_EXPTIMES, dice.of(NUMBERS));
            case 2 -> cas(ODD_CAS_UNIQUES, dice.of(NUMBERS));
            case 3 -> dice.of("incr ", "decr ") + key() + " " + dice.of(ODD_DELTAS) + noreply() + "\r\n";
            case 4 -> dice.of("touch ", "gat ", "gats ") + key() + " " + dice.of(ODD_EXPTIMES) + noreply() + "\r\n";
            case 5 -> dice.of("gat ", "gats ") + dice.of(ODD_EXPTIMES) + " " + keys() + "\r\n";
            case 6 ->
                "delete " + key() + " " + dice.of("1", "x", "0 0", "noreply 0", "0 x", "00", "a b c d") + noreply()
                        + "\r\n";
            case 7 -> dice.of("flush_all ", "verbosity ") + dice.of(ODD_EXPTIMES) + noreply() + "\r\n";
            case 8 -> wrongLength();
            case 9 -> otherWords(valid());
            case 10 -> otherLineEnd(valid());
            default -> otherByte(valid());
        };
    }

    /** The value isn't as long as the line says. */
    private String wrongLength() {
        String command = dice.of(STORAGE) + " " + key() + " 0 0 ";
        String value = dice.of(dice.of(NUMBERS), dice.of(TEXTS), "12345678");
        return switch (dice.upTo(5)) {
            case 0 -> command + dice.of(ODD_LENGTHS) + noreply() + "\r\n" + value + "\r\n";
            case 1 -> command + (value.length() + 1) + noreply() + "\r\n" + value + "\r\n";
            case 2 -> command + Math.max(0, value.length() - 1) + noreply() + "\r\n" + value + "\r\n";
            case 3 -> command + (value.length() + 2) + noreply() + "\r\n" + value + "\r\n";
            default ->
                command + value.length() + noreply() + "\r\n" + value
                        + dice.of("", "\n", "\r", "xx", "\r\r", "\n\r", " \r\n");
        };
    }

    /** One word of the line is left out, said twice, or another one. */
    private String otherWords(String command) {
        int lineEnd = command.indexOf("\r\n");
        List<String> words =
                new ArrayList<>(Arrays.asList(command.substring(0, lineEnd).split(" ")));
        int index = dice.upTo(words.size());
        switch (dice.upTo(5)) {
            case 0 -> words.remove(index);
            case 1 -> words.add(index, words.get(index));
            case 2 -> words.set(index, word());
            case 3 -> words.add(word());
            default -> words.set(index, dice.of(" ", "  ", "") + words.get(index) + dice.of(" ", "  ", ""));
        }
        return String.join(" ", words) + command.substring(lineEnd);
    }

    private String otherLineEnd(String command) {
        int lineEnd = command.indexOf("\r\n");
        return command.substring(0, lineEnd)
                + dice.of("\n", "\r\r\n", " \r\n", "\r", "\0\r\n", "", "\n\n", "\r\n\r\n")
                + command.substring(lineEnd + 2);
    }

    private String otherByte(String command) {
        int index = dice.upTo(command.length());
        String other = dice.oneIn(2) ? dice.bytes(1) : dice.of("0", "1", " ", "-", "\r", "\n", "\t", "\0");
        return switch (dice.upTo(3)) {
            case 0 -> command.substring(0, index) + command.substring(index + 1);
            case 1 -> command.substring(0, index) + other + command.substring(index);
            default -> command.substring(0, index) + other + command.substring(index + 1);
        };
    }

    private String word() {
        return switch (dice.upTo(8)) {
            case 0 -> dice.of(COMMANDS);
            case 1 -> key();
            case 2 -> dice.of(ODD_FLAGS);
            case 3 -> dice.of(ODD_EXPTIMES);
            case 4 -> dice.of(NUMBERS);
            case 5 -> "noreply";
            case 6 -> dice.of(TEXTS);
            default -> "0";
        };
    }

    private String shuffled() {
        StringBuilder line = new StringBuilder(dice.of(COMMANDS));
        for (int i = dice.oneIn(10) ? WORDS_MAX : dice.upTo(8); i > 0; i--) {
            line.append(' ').append(word());
        }
        return line + dice.of("\r\n", "\r\n", "\r\n", "\n");
    }

    private String junk() {
        return dice.bytes(dice.upTo(60)) + dice.of("\n", "\r\n", "");
    }

    /** What somebody sends who means harm, or whose program is broken. */
    private String attack() {
        return switch (dice.upTo(12)) {
            case 0 -> "x".repeat(2040 + dice.upTo(20)) + dice.of("\r\n", "\n", "");
            case 1 -> dice.of("get ", "gets ", "gat 0 ") + "nothing ".repeat(dice.upTo(1000)) + keys() + "\r\n";
            case 2 ->
                dice.of("get ", "set ", "gat ", "incr ", "x ")
                        + "k".repeat(1000 + dice.upTo(1200))
                        + dice.of("\r\n", "\n", "");
            case 3 -> " ".repeat(90 + dice.upTo(20)) + dice.of("get ", "x ") + "k ".repeat(dice.upTo(2000)) + "\r\n";
            case 4 -> dice.of("get", "set a 0 0 1", "incr a 1", "delete a") + " x".repeat(dice.upTo(60)) + "\r\n";
            case 5 -> "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
            case 6 -> "POST / HTTP/1.0\r\n\r\nset a 0 0 1\r\n1\r\n";
            case 7 -> atItemLimit();
            case 8 -> dice.of("\n", "\r\n", " ").repeat(1 + dice.upTo(50)) + "\r\n";
            case 9 -> "set " + key() + " 0 0 " + dice.of("1000000", "2147483645") + noreply() + "\r\nget a\r\n";
            case 10 -> "get" + " ".repeat(1 + dice.upTo(3000)) + keys() + dice.of("\r\n", "\n");
            default -> "\0".repeat(1 + dice.upTo(30)) + dice.of("\r\n", "\n", "");
        };
    }

    /** As large as an item may be, or a little more or less. */
    private String atItemLimit() {
        String key = dice.of(KEYS);
        String flags = dice.of("0", "1");
        int most = Comparison.ITEM_SIZE_MAX_BYTES - ACCOUNTED_OVERHEAD - key.length() - (flags.equals("0") ? 0 : 4);
        int length = most - 1 + dice.upTo(3);
        return dice.of(STORAGE) + " " + key + " " + flags + " 0 " + length + noreply() + "\r\n" + "x".repeat(length)
                + "\r\n";
    }
}
