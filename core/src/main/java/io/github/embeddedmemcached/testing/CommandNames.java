package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.protocol.Command;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Checks the names that matchers are made with. */
final class CommandNames {
    private static final int DISTANCE_MAX = 2;

    private CommandNames() {}

    /** Throws an exception whose message has the most similar name. */
    static void check(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    "the name of a command must not be empty: anyCommand() matches all commands");
        }
        if (!Command.names().contains(name)) {
            String guess = nearest(name)
                    .map(nearest -> ", did you mean \"" + nearest + "\"?")
                    .orElse("; there are: " + String.join(", ", Command.names()) + ".");
            String alternative = isWord(name) ? " malformedCommand(\"" + name + "\") matches what is no command" : "";
            throw new IllegalArgumentException("there is no command \"" + name + "\"" + guess + alternative);
        }
    }

    /** Throws an exception if a text can't be the first word of a line, because it has a space or the end of a line in it. */
    static void checkFirstWord(String word) {
        if (!isWord(word)) {
            throw new IllegalArgumentException("commands are matched by their first word, and \""
                    + word.replace("\r", "\\r").replace("\n", "\\n") + "\" is not a single word without white space");
        }
    }

    private static boolean isWord(String text) {
        return !text.contains(" ") && !text.contains("\n");
    }

    /** The name that has the same beginning, {@code flush_all} for {@code flush}, or that differs in few characters. */
    private static Optional<String> nearest(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        Comparator<String> byDistance = Comparator.comparingInt(candidate -> distance(lowerCase, candidate));
        Optional<String> sameBeginning = Command.names().stream()
                .filter(candidate -> candidate.startsWith(lowerCase) || lowerCase.startsWith(candidate))
                .min(byDistance);
        return sameBeginning.or(() -> Command.names().stream()
                .min(byDistance)
                .filter(candidate -> distance(lowerCase, candidate) <= DISTANCE_MAX));
    }

    /** The number of characters to insert, delete or replace (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
