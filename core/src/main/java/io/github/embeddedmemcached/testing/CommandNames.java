package io.github.embeddedmemcached.testing;

import io.github.embeddedmemcached.internal.binary.BinaryCommandReader;
import io.github.embeddedmemcached.internal.binary.BinaryOpcode;
import io.github.embeddedmemcached.internal.line.Opcode;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Checks the command names given to {@link CommandMatcher}. */
final class CommandNames {
    private static final int DISTANCE_MAX = 2;

    static final SortedSet<String> NAMES = names();

    private CommandNames() {}

    private static SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>();
        for (Opcode opcode : Opcode.values()) {
            if (opcode != Opcode.UNKNOWN) {
                names.add(opcode.name().toLowerCase(Locale.ROOT));
            }
        }
        for (BinaryOpcode opcode : BinaryOpcode.values()) {
            if (opcode != BinaryOpcode.UNKNOWN) {
                names.add(BinaryCommandReader.textName(opcode));
            }
        }
        names.add("config"); // auto discovery, implemented by an interceptor
        return Collections.unmodifiableSortedSet(names);
    }

    /** Throws an exception if there is no command of that name. Its message suggests the most similar name. */
    static void check(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the command name must not be empty; anyCommand() matches all commands");
        }
        if (!NAMES.contains(name)) {
            String guess = nearest(name)
                    .map(nearest -> ", did you mean \"" + nearest + "\"?")
                    .orElse("; the commands are: " + String.join(", ", NAMES) + ".");
            String alternative = isWord(name) ? " malformedCommand(\"" + name + "\") matches unknown commands" : "";
            throw new IllegalArgumentException("there is no command \"" + name + "\"" + guess + alternative);
        }
    }

    /** Throws an exception if a text cannot be the first word of a line, because it contains a space or a line end. */
    static void checkFirstWord(String word) {
        if (!isWord(word)) {
            throw new IllegalArgumentException("malformed commands are matched by their first word, but \""
                    + word.replace("\r", "\\r").replace("\n", "\\n") + "\" is not a single word");
        }
    }

    private static boolean isWord(String text) {
        return !text.contains(" ") && !text.contains("\n");
    }

    /** Returns the nearest name that begins like the given one ({@code flush_all} for {@code flush}), or else differs in few characters. */
    private static Optional<String> nearest(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        Comparator<String> byDistance = Comparator.comparingInt(candidate -> distance(lowerCase, candidate));
        Optional<String> withSameBeginning = NAMES.stream()
                .filter(candidate -> candidate.startsWith(lowerCase) || lowerCase.startsWith(candidate))
                .min(byDistance);
        return withSameBeginning.or(() ->
                NAMES.stream().min(byDistance).filter(candidate -> distance(lowerCase, candidate) <= DISTANCE_MAX));
    }

    /** Returns the Levenshtein distance: the number of characters to insert, delete or replace. */
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
