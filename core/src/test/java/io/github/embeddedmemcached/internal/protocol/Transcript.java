package io.github.embeddedmemcached.internal.protocol;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/*
 * What a transcript's lines say:
 *
 * # a comment
 * > set a 0 0 1          what the client sends; a line end, CR LF, is added
 * > x
 * < STORED               what the server answers to all of the > lines before it
 * > get a\c              \c: no line end is added. Also \r \n \t \0 \s (a space) \\ and \xFF
 * > get {k*250}          as many times
 * < VALUE a 0 1 $cas     a number that is remembered, and from then on stands for itself, in > lines too
 * < !closed              the server closes the connection; what follows is said on a new one
 * @advance 2s            time passes
 * @differs reason        the next exchange holds for memcached 1.6.45 and not for older ones; differences.txt says why
 * @unanswers             the next exchange makes a real memcached forget the answers to earlier commands that are not sent yet
 *
 * An exchange without < lines expects silence, and so that the silence is heard, the next one follows on its heels.
 */

/** A conversation with memcached, read from a file. */
public record Transcript(String name, List<Step> steps) {
    private static final Pattern REPETITION = Pattern.compile("\\{([^*{}]+)\\*(\\d+)}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(x[0-9A-Fa-f]{2}|.)");

    /** One thing that happens. */
    public sealed interface Step permits Exchange, Advance {}

    /** Time passes. */
    public record Advance(Duration by) implements Step {}

    /** Something is asked and answered. Texts hold one char per byte; captures are still in them. */
    public record Exchange(
            int lineNumber,
            String request,
            String answer,
            boolean closes,
            @Nullable String difference,
            boolean unanswers)
            implements Step {}

    static Transcript read(Path file) throws IOException {
        Reader reader = new Reader(file);
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            reader.line(line);
        }
        reader.endExchange();
        return new Transcript(file.getFileName().toString().replace(".txt", "").toLowerCase(Locale.ROOT), reader.steps);
    }

    /** The same without what can't be pipelined to a real memcached. */
    Transcript withoutUnanswering() {
        return new Transcript(
                name,
                steps.stream()
                        .filter(step -> !(step instanceof Exchange exchange && exchange.unanswers()))
                        .toList());
    }

    public boolean advancesTime() {
        return steps.stream().anyMatch(Advance.class::isInstance);
    }

    public List<Exchange> exchanges() {
        return steps.stream()
                .filter(Exchange.class::isInstance)
                .map(Exchange.class::cast)
                .toList();
    }

    /** Reads the file line by line. */
    private static final class Reader {
        private final Path file;
        private final List<Step> steps = new ArrayList<>();
        private final StringBuilder request = new StringBuilder();
        private final StringBuilder answer = new StringBuilder();
        private boolean answered;
        private boolean closes;
        private @Nullable String difference;
        private boolean unanswers;
        private int lineNumber;
        private int firstLine;

        Reader(Path file) {
            this.file = file;
        }

        void line(String line) {
            lineNumber++;
            if (line.startsWith("> ")) {
                if (answered) {
                    endExchange();
                }
                if (request.isEmpty()) {
                    firstLine = lineNumber;
                }
                request.append(unescape(line.substring(2)));
            } else if (line.startsWith("< ")) {
                answered = true;
                if (line.equals("< !closed")) {
                    closes = true;
                } else {
                    answer.append(unescape(line.substring(2)));
                }
            } else if (line.isEmpty() || line.startsWith("#") || line.startsWith("@")) {
                endExchange();
                if (line.startsWith("@")) {
                    directive(line);
                }
            } else {
                throw new IllegalArgumentException(file + ":" + lineNumber + ": not a transcript line: " + line);
            }
        }

        private void directive(String line) {
            String[] words = line.substring(1).split(" ", 2);
            switch (words[0]) {
                case "advance" -> steps.add(new Advance(Duration.parse("PT" + words[1].toUpperCase(Locale.ROOT))));
                case "differs" -> difference = words[1];
                case "unanswers" -> unanswers = true;
                default ->
                    throw new IllegalArgumentException(file + ":" + lineNumber + ": unknown directive " + words[0]);
            }
        }

        void endExchange() {
            if (!request.isEmpty()) {
                steps.add(
                        new Exchange(firstLine, request.toString(), answer.toString(), closes, difference, unanswers));
                difference = null;
                unanswers = false;
            }
            request.setLength(0);
            answer.setLength(0);
            answered = false;
            closes = false;
        }

        private static String unescape(String text) {
            boolean open = text.endsWith("\\c");
            String body = open ? text.substring(0, text.length() - 2) : text;
            return ESCAPE.matcher(repeat(body))
                            .replaceAll(escape -> Matcher.quoteReplacement(character(escape.group(1))))
                    + (open ? "" : "\r\n");
        }

        /** Repetitions may hold repetitions: the innermost go first. */
        private static String repeat(String text) {
            String before;
            String after = text;
            do {
                before = after;
                after = REPETITION
                        .matcher(before)
                        .replaceAll(repetition -> Matcher.quoteReplacement(
                                repetition.group(1).repeat(Integer.parseInt(repetition.group(2)))));
            } while (!after.equals(before));
            return after;
        }

        private static String character(String escape) {
            return switch (escape.charAt(0)) {
                case 'r' -> "\r";
                case 'n' -> "\n";
                case 't' -> "\t";
                case '0' -> "\0";
                case 's' -> " ";
                case '\\' -> "\\";
                case 'x' -> String.valueOf((char) Integer.parseInt(escape.substring(1), 16));
                default -> throw new IllegalArgumentException("unknown escape \\" + escape);
            };
        }
    }
}
