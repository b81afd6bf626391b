package io.github.embeddedmemcached.internal.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the options of a command line, in all forms that getopt_long accepts: {@code -p 11211}, {@code -p11211}, {@code
 * --port 11211}, {@code --port=11211}, {@code -Mv}, and unambiguous abbreviations of long names.
 */
final class OptionReader {
    private final CommandLine line;

    /** Creates a reader that applies the options to a command line, until it is {@linkplain CommandLine#isComplete complete}. */
    OptionReader(CommandLine line) {
        this.line = line;
    }

    void read(String... arguments) throws CommandLineException {
        for (int i = 0; i < arguments.length && !line.isComplete(); i++) {
            String argument = arguments[i];
            String next = i + 1 < arguments.length ? arguments[i + 1] : null;
            boolean usesNext;
            if (argument.startsWith("--") && argument.length() > 2) {
                usesNext = readWord(argument.substring(2), next);
            } else if (argument.startsWith("-") && argument.length() > 1 && !argument.equals("--")) {
                usesNext = readLetters(argument.substring(1), next);
            } else {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "unexpected argument \"" + argument + "\"");
            }
            if (usesNext) {
                i++;
            }
        }
    }

    /** <pre>--word | --word=value | --word value</pre> Returns whether the next argument was the value. */
    private boolean readWord(String text, @Nullable String next) throws CommandLineException {
        int equals = text.indexOf('=');
        Option option = option(equals < 0 ? text : text.substring(0, equals));
        if (!option.takesValue && equals >= 0) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, "option --" + option.word + " doesn't take a value");
        }
        if (!option.takesValue) {
            line.apply(option, "");
        } else if (equals >= 0) {
            line.apply(option, text.substring(equals + 1));
        } else if (next == null) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, "option --" + option.word + " requires a value");
        } else {
            line.apply(option, next);
            return true;
        }
        return false;
    }

    private static Option option(String word) throws CommandLineException {
        List<Option> candidates = new ArrayList<>();
        for (Option option : Option.values()) {
            if (!option.word.isEmpty() && option.word.startsWith(word)) {
                candidates.add(option);
            }
        }
        for (Option option : candidates) {
            if (option.word.equals(word) || candidates.size() == 1) {
                return option;
            }
        }
        String problem = candidates.isEmpty() ? "unrecognized" : "ambiguous";
        throw new CommandLineException(CommandLineException.EXIT_FAILURE, problem + " option --" + word);
    }

    /** <pre>-a | -abc | -pvalue | -p value</pre> Returns whether the next argument was the value. */
    private boolean readLetters(String letters, @Nullable String next) throws CommandLineException {
        for (int i = 0; i < letters.length() && !line.isComplete(); i++) {
            char letter = letters.charAt(i);
            Option option = option(letter);
            if (!option.takesValue) {
                line.apply(option, "");
            } else if (i + 1 < letters.length()) {
                line.apply(option, letters.substring(i + 1));
                return false;
            } else if (next == null) {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "option -" + letter + " requires a value");
            } else {
                line.apply(option, next);
                return true;
            }
        }
        return false;
    }

    private static Option option(char letter) throws CommandLineException {
        for (Option option : Option.values()) {
            if (option.letter == letter) {
                return option;
            }
        }
        throw new CommandLineException(CommandLineException.EXIT_FAILURE, "unrecognized option -" + letter);
    }
}
