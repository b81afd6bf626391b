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
 * The lines of a transcript:
 *
 * # a comment
 * > set a 0 0 1          sent by the client; a line end, CR LF, is added
 * > x
 * < STORED               the reply to all preceding > lines
 * > get a\c              \c: no line end is added. Also \r \n \t \0 \s (a space) \\ and \xFF
 * > get {k*250}          a repetition
 * < VALUE a 0 1 $cas     captures a number; afterwards $cas stands for it, also in > lines
 * < !closed              the server closes the connection; the next exchange uses a new one
 * @advance 2s            advances the clock
 * @differs reason        the next exchange applies to memcached 1.6.45 but not to older versions; differences.txt explains why
 * @discards-replies      the next exchange causes a real memcached to discard unsent replies to earlier commands
 *
 * An exchange without < lines expects no reply. The next exchange is sent immediately after it, so that a reply would be detected.
 */

/** Requests to memcached and their expected replies, read from a file. */
public record Transcript(String name, List<Step> steps) {
    private static final Pattern REPETITION = Pattern.compile("\\{([^*{}]+)\\*(\\d+)}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(x[0-9A-Fa-f]{2}|.)");

    /** A step of a transcript. */
    public sealed interface Step permits Exchange, Advance {}

    /** Advances the clock. */
    public record Advance(Duration by) implements Step {}

    /** A request and its reply. Both contain one char per byte, and captures. */
    public record Exchange(
            int lineNumber,
            String request,
            String reply,
            boolean closes,
            @Nullable String difference,
            boolean discardsReplies)
            implements Step {}

    static Transcript read(Path file) throws IOException {
        Reader reader = new Reader(file);
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            reader.line(line);
        }
        reader.endExchange();
        return new Transcript(file.getFileName().toString().replace(".txt", "").toLowerCase(Locale.ROOT), reader.steps);
    }

    /** Returns this transcript without the exchanges that cannot be pipelined to a real memcached. */
    Transcript pipelinable() {
        return new Transcript(
                name,
                steps.stream()
                        .filter(step -> !(step instanceof Exchange exchange && exchange.discardsReplies()))
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
        private final StringBuilder reply = new StringBuilder();
        private boolean hasReply;
        private boolean closes;
        private @Nullable String difference;
        private boolean discardsReplies;
        private int lineNumber;
        private int firstLine;

        Reader(Path file) {
            this.file = file;
        }

        void line(String line) {
            lineNumber++;
            if (line.startsWith("> ")) {
                if (hasReply) {
                    endExchange();
                }
                if (request.isEmpty()) {
                    firstLine = lineNumber;
                }
                request.append(unescape(line.substring(2)));
            } else if (line.startsWith("< ")) {
                hasReply = true;
                if (line.equals("< !closed")) {
                    closes = true;
                } else {
                    reply.append(unescape(line.substring(2)));
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
                case "discards-replies" -> discardsReplies = true;
                default ->
                    throw new IllegalArgumentException(file + ":" + lineNumber + ": unknown directive " + words[0]);
            }
        }

        void endExchange() {
            if (!request.isEmpty()) {
                steps.add(new Exchange(
                        firstLine, request.toString(), reply.toString(), closes, difference, discardsReplies));
                difference = null;
                discardsReplies = false;
            }
            request.setLength(0);
            reply.setLength(0);
            hasReply = false;
            closes = false;
        }

        private static String unescape(String text) {
            boolean open = text.endsWith("\\c");
            String body = open ? text.substring(0, text.length() - 2) : text;
            return ESCAPE.matcher(repeat(body))
                            .replaceAll(escape -> Matcher.quoteReplacement(character(escape.group(1))))
                    + (open ? "" : "\r\n");
        }

        /** Expands repetitions, the innermost first. */
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
