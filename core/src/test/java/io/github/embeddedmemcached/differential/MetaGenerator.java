package io.github.embeddedmemcached.differential;

/** Generates random meta commands with the keys of {@link TextGenerator}. */
final class MetaGenerator {
    private static final int FLAGS_MAX = 6;

    /** a, b and c in base64, binary keys, and invalid base64. */
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

    private final RandomChoices choices;

    MetaGenerator(RandomChoices choices) {
        this.choices = choices;
    }

    String command(String textKey, String value) {
        boolean isBase64 = choices.oneIn(6);
        String key = isBase64 ? choices.of(BASE64_KEYS) : textKey;
        String b = isBase64 ? " b" : "";
        return switch (choices.below(12)) {
            case 0, 1, 2, 3 -> "mg " + key + b + flags("mg") + "\r\n";
            case 4, 5, 6, 7 -> "ms " + key + " " + value.length() + b + flags("ms") + "\r\n" + value + "\r\n";
            case 8 -> "md " + key + b + flags("md") + "\r\n";
            case 9, 10 -> "ma " + key + b + flags("ma") + "\r\n";
            default -> choices.of("mn\r\n", "me " + key + b + "\r\n");
        };
    }

    private String flags(String command) {
        StringBuilder flags = new StringBuilder();
        for (int i = choices.below(FLAGS_MAX); i > 0; i--) {
            flags.append(' ').append(choices.oneIn(25) ? oddFlag() : flag(command));
        }
        return flags.toString();
    }

    private String flag(String command) {
        return switch (command) {
            case "mg" ->
                choices.of(
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
                        "R" + choices.of("0", "30", "200000", "-1"));
            case "ms" ->
                choices.of(
                        "c",
                        "k",
                        "q",
                        "Ox1",
                        "I",
                        "I",
                        "T" + exptime(),
                        "F" + choices.of(NUMBERS),
                        cas(),
                        cas(),
                        mode());
            case "md" -> choices.of("k", "q", "O9", "I", "I", "T" + exptime(), cas());
            default ->
                choices.of(
                        "v",
                        "v",
                        "t",
                        "c",
                        "k",
                        "q",
                        "Oc1",
                        "T" + exptime(),
                        "N" + exptime(),
                        "J" + choices.of(NUMBERS),
                        "D" + choices.of(NUMBERS),
                        cas(),
                        "M" + choices.of("I", "D", "+", "-"));
        };
    }

    private String exptime() {
        return choices.of(EXPTIMES);
    }

    private String mode() {
        return "M" + choices.of("E", "A", "P", "R", "S");
    }

    private String cas() {
        return "C"
                + choices.of(
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.LAST_CAS),
                        String.valueOf(Conversation.FIRST_CAS),
                        "0",
                        "999999999999");
    }

    private String oddFlag() {
        return switch (choices.below(6)) {
            case 0 -> choices.of("T", "N", "R", "C", "F", "D", "J", "E") + choices.of(ODD_NUMBERS);
            case 1 -> "M" + choices.of("", "X", "i", "Incr");
            case 2 -> "O" + "o".repeat(28 + choices.below(6));
            case 3 -> choices.of("!", "\u00ff", "\0", "-", "~", "{");
            case 4 -> choices.of("a", "Z", "z", "1", "noreply", "S2", "x", "E5", "s");
            default -> choices.of("k", "v", "P", "Lx", "q");
        };
    }
}
