package io.github.embeddedmemcached.internal.cli;

import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the options in a command line, in all the forms that getopt_long takes: {@code -p 11211}, {@code -p11211}, {@code
 * --port 11211}, {@code --port=11211}, {@code -Mv}, and long names cut short while they are unambiguous.
 */
final class OptionReader {
    /** Takes one option after the other. */
    @FunctionalInterface
    interface Sink {
        /** The value is empty where the option takes none. */
        void take(Option option, String value) throws CommandLineException;
    }

    private final Sink sink;
    private final BooleanSupplier enough;

    /** Hands the options to a sink, until that says that it is enough. */
    OptionReader(Sink sink, BooleanSupplier enough) {
        this.sink = sink;
        this.enough = enough;
    }

    void read(String... arguments) throws CommandLineException {
        for (int i = 0; i < arguments.length && !enough.getAsBoolean(); i++) {
            String argument = arguments[i];
            String next = i + 1 < arguments.length ? arguments[i + 1] : null;
            boolean tookNext;
            if (argument.startsWith("--") && argument.length() > 2) {
                tookNext = readWord(argument.substring(2), next);
            } else if (argument.startsWith("-") && argument.length() > 1 && !argument.equals("--")) {
                tookNext = readLetters(argument.substring(1), next);
            } else {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "unexpected argument \"" + argument + "\"");
            }
            if (tookNext) {
                i++;
            }
        }
    }

    /** <pre>--word | --word=value | --word value</pre> Says whether the next argument was the value. */
    private boolean readWord(String text, @Nullable String next) throws CommandLineException {
        int equals = text.indexOf('=');
        Option option = option(equals < 0 ? text : text.substring(0, equals));
        if (!option.takesValue && equals >= 0) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, "option --" + option.word + " doesn't take a value");
        }
        if (!option.takesValue) {
            sink.take(option, "");
        } else if (equals >= 0) {
            sink.take(option, text.substring(equals + 1));
        } else if (next == null) {
            throw new CommandLineException(
                    CommandLineException.EXIT_FAILURE, "option --" + option.word + " requires a value");
        } else {
            sink.take(option, next);
            return true;
        }
        return false;
    }

    private static Option option(String word) throws CommandLineException {
        List<Option> candidates = Arrays.stream(Option.values())
                .filter(option -> !option.word.isEmpty() && option.word.startsWith(word))
                .toList();
        for (Option option : candidates) {
            if (option.word.equals(word) || candidates.size() == 1) {
                return option;
            }
        }
        String what = candidates.isEmpty() ? "unrecognized" : "ambiguous";
        throw new CommandLineException(CommandLineException.EXIT_FAILURE, what + " option --" + word);
    }

    /** <pre>-a | -abc | -pvalue | -p value</pre> Says whether the next argument was the value. */
    private boolean readLetters(String letters, @Nullable String next) throws CommandLineException {
        for (int i = 0; i < letters.length() && !enough.getAsBoolean(); i++) {
            char letter = letters.charAt(i);
            Option option = option(letter);
            if (!option.takesValue) {
                sink.take(option, "");
            } else if (i + 1 < letters.length()) {
                sink.take(option, letters.substring(i + 1));
                return false;
            } else if (next == null) {
                throw new CommandLineException(
                        CommandLineException.EXIT_FAILURE, "option -" + letter + " requires a value");
            } else {
                sink.take(option, next);
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
