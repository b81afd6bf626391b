package io.github.embeddedmemcached.differential;

/** Invents meta commands, on the keys of {@link TextGenerator}. */
final class MetaGenerator {
    private static final int FLAGS_MAX = 6;

    /** a, b and c in base64; bytes that are no text; and what isn't base64. */
    private static final String[] BASE64_KEYS = {"YQ==", "YQ==", "Yg==", "Yw==", "/wA=", "Zm9", "a", "====", "YQ==YQ=="
    };

    private static final String[] EXPTIMES = {"0", "0", "-1", "100000", "2592000", "2147483647"};
    private static final String[] ODD_NUMBERS = {
        "",
        "x",
        "1x",
        "-",
        "2147483648",
        "18446744073709551615",
        "18446744073709551616",
        "+5",
        "-2147483648",
        "0000000100000"
    };

    private static final String[] NUMBERS = {"0", "1", "9", "99", "18446744073709551615"};

    private final Dice dice;

    MetaGenerator(Dice dice) {
        this.dice = dice;
    }

    String command(String plainKey, String value) {
        boolean isBase64 = dice.oneIn(6);
        String key = isBase64 ? dice.of(BASE64_KEYS) : plainKey;
        String b = isBase64 ? " b" : "";
        return switch (dice.upTo(12)) {
            case 0, 1, 2, 3 -> "mg " + key + b + flags("mg") + "\r\n";
            case 4, 5, 6, 7 -> "ms " + key + " " + value.length() + b + flags("ms") + "\r\n" + value + "\r\n";
            case 8 -> "md " + key + b + flags("md") + "\r\n";
            case 9, 10 -> "ma " + key + b + flags("ma") + "\r\n";
            default -> dice.of("mn\r\n", "me " + key + b + "\r\n");
        };
    }

    private String flags(String command) {
        StringBuilder flags = new StringBuilder();
        for (int i = dice.upTo(FLAGS_MAX); i > 0; i--) {
            flags.append(' ').append(dice.oneIn(25) ? oddFlag() : flag(command));
        }
        return flags.toString();
    }

    private String flag(String command) {
        return switch (command) {
            case "mg" ->
                dice.of(
                        "v",
                        "v",
                        "k",
                        "s",
                        "t",
                        "f",
                        "c",
                        "c",
                        "h",
                        "l",
                        "q",
                        "u",
                        "Oabc",
                        "T" + exptime(),
                        "N" + exptime(),
                        "R" + dice.of("0", "30", "200000", "-1"));
            case "ms" ->
                dice.of("c", "k", "q", "Ox1", "I", "I", "T" + exptime(), "F" + dice.of(NUMBERS), cas(), cas(), mode());
            case "md" -> dice.of("k", "q", "O9", "I", "I", "T" + exptime(), cas());
            default ->
                dice.of(
                        "v",
                        "v",
                        "t",
                        "c",
                        "k",
                        "q",
                        "Oc1",
                        "T" + exptime(),
                        "N" + exptime(),
                        "J" + dice.of(NUMBERS),
                        "D" + dice.of(NUMBERS),
                        cas(),
                        "M" + dice.of("I", "D", "+", "-"));
        };
    }

    private String exptime() {
        return dice.of(EXPTIMES);
    }

    private String mode() {
        return "M" + dice.of("E", "A", "P", "R", "S");
    }

    private String cas() {
        return "C"
                + dice.of(
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.FIRST_CAS),
                        "0",
                        "999999999999");
    }

    private String oddFlag() {
        return switch (dice.upTo(6)) {
            case 0 -> dice.of("T", "N", "R", "C", "F", "D", "J", "E") + dice.of(ODD_NUMBERS);
            case 1 -> "M" + dice.of("", "X", "i", "Incr");
            case 2 -> "O" + "o".repeat(28 + dice.upTo(6));
            case 3 -> dice.of("!", "\u00ff", "\0", "-", "~", "{");
            case 4 -> dice.of("a", "Z", "z", "1", "noreply", "S2", "x", "E5", "s");
            default -> dice.of("k", "v", "P", "Lx", "q");
        };
    }
}
