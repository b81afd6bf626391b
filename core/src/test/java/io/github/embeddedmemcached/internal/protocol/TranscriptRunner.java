package io.github.embeddedmemcached.internal.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.protocol.Transcript.Advance;
import io.github.embeddedmemcached.internal.protocol.Transcript.Exchange;
import io.github.embeddedmemcached.internal.protocol.Transcript.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Sends the requests of a transcript to a target and compares the replies byte by byte. */
public final class TranscriptRunner {
    private static final Pattern CAPTURE = Pattern.compile("\\$[a-z][a-z0-9]*");

    /** Times to live and ages in replies, in seconds. */
    private static final Pattern SECONDS = Pattern.compile("(?<= )(t|exp=|l|la=)(\\d+)(?=[ \r])");

    /** The maximum duration of a transcript that is played to a target with a running clock. */
    private static final int SECONDS_PASSED_MAX = 3;

    /** The number of bytes of a wrong reply in a failure message. */
    private static final int SHOWN_LENGTH_MAX = 2000;

    /** Sends a request in one or several pieces. */
    @FunctionalInterface
    public interface Sender {
        void send(TranscriptTarget target, String request) throws IOException;
    }

    private final Transcript transcript;
    private final TranscriptTarget target;
    private final Sender sender;
    private final boolean pipelined;
    private final Wire wire;
    private final Map<String, String> captures = new HashMap<>();

    TranscriptRunner(Transcript transcript, TranscriptTarget target, Sender sender, boolean pipelined, Wire wire) {
        this.transcript = transcript;
        this.target = target;
        this.sender = sender;
        this.pipelined = pipelined;
        this.wire = wire;
    }

    /** Waits for the reply to each exchange before the next one is sent. */
    public static void play(Transcript transcript, TranscriptTarget target, Sender sender) throws IOException {
        new TranscriptRunner(transcript, target, sender, false, Wire.TEXT).run();
    }

    /**
     * Plays a transcript of the given protocol.
     *
     * @param pipelined whether exchanges are sent together, unless a request contains a capture of an earlier reply
     */
    static void play(Transcript transcript, TranscriptTarget target, Sender sender, boolean pipelined, Wire wire)
            throws IOException {
        new TranscriptRunner(transcript, target, sender, pipelined, wire).run();
    }

    private void run() throws IOException {
        target.connect();
        List<Exchange> batch = new ArrayList<>();
        for (Step step : transcript.steps()) {
            if (step instanceof Advance advance) {
                sendBatch(batch);
                target.advance(advance.by());
            } else if (step instanceof Exchange exchange && isComparable(exchange)) {
                if (!hasCaptures(exchange)) {
                    sendBatch(batch);
                }
                batch.add(exchange);
                if (exchange.closes() || !(pipelined || exchange.reply().isEmpty())) {
                    sendBatch(batch);
                }
            }
        }
        sendBatch(batch);
        assertThat(target.receive(0))
                .as("%s: unexpected output at the end", transcript.name())
                .isEmpty();
    }

    private boolean isComparable(Exchange exchange) {
        return exchange.difference() == null || !target.isOlder();
    }

    private boolean hasCaptures(Exchange exchange) {
        return CAPTURE.matcher(exchange.request()).results().allMatch(result -> captures.containsKey(result.group()));
    }

    /** Sends the requests of a batch, receives the replies, and compares them. */
    private void sendBatch(List<Exchange> batch) throws IOException {
        if (batch.isEmpty()) {
            return;
        }
        String request = batch.stream().map(Exchange::request).collect(Collectors.joining());
        String expected = batch.stream().map(Exchange::reply).collect(Collectors.joining());
        boolean closes = batch.get(batch.size() - 1).closes();
        sender.send(target, wire.encode(withCaptures(request)));
        int lineEnds = (int) expected.chars().filter(c -> c == '\n').count();
        String actual = closes ? target.receiveUntilClosed() : wire.receive(target, lineEnds);
        compare(batch.get(0), request, expected, wire.decode(actual));
        if (!closes && !batch.get(batch.size() - 1).reply().isEmpty()) {
            // a client that is still writing a value must not receive the reply to it
            assertThat(target.replyLengthBeforeLastSend())
                    .as(
                            "%s, line %d: replied before the request was complete",
                            transcript.name(), batch.get(0).lineNumber())
                    .isLessThan(actual.length());
        }
        if (closes) {
            target.connect();
        }
        batch.clear();
    }

    private String withCaptures(String text) {
        if (text.indexOf('$') < 0) {
            return text;
        }
        return CAPTURE.matcher(text)
                .replaceAll(result -> Matcher.quoteReplacement(captures.getOrDefault(result.group(), result.group())));
    }

    private void compare(Exchange first, String request, String expected, String actual) {
        if (actual.equals(withCaptures(expected))) {
            return; // the common case, without compiling an expression
        }
        List<String> names = new ArrayList<>();
        StringBuilder regex = new StringBuilder();
        Matcher capture = CAPTURE.matcher(expected);
        int end = 0;
        while (capture.find()) {
            regex.append(literal(expected.substring(end, capture.start())));
            String name = capture.group();
            if (captures.containsKey(name)) {
                regex.append(Pattern.quote(captures.get(name)));
            } else if (names.contains(name)) {
                regex.append('\\').append(names.indexOf(name) + 1);
            } else {
                names.add(name);
                regex.append("(\\d+)");
            }
            end = capture.end();
        }
        regex.append(literal(expected.substring(end)));
        Matcher matcher = Pattern.compile(regex.toString()).matcher(actual);
        if (!matcher.matches()) {
            assertThat(excerpt(actual))
                    .as("%s, line %d, the reply to %s", transcript.name(), first.lineNumber(), excerpt(request))
                    .isEqualTo(excerpt(withCaptures(expected)));
            throw new AssertionError(transcript.name() + ", line " + first.lineNumber() + ": a long reply differs");
        }
        for (int i = 0; i < names.size(); i++) {
            captures.put(names.get(i), matcher.group(i + 1));
        }
    }

    /** Returns an expression that matches the text. With a running clock, times may differ by the seconds that may have passed. */
    private String literal(String text) {
        if (!target.hasRunningClock()) {
            return Pattern.quote(text);
        }
        StringBuilder regex = new StringBuilder();
        Matcher seconds = SECONDS.matcher(text);
        int end = 0;
        while (seconds.find()) {
            int step = seconds.group(1).matches("t|exp=") ? -1 : 1;
            long written = Long.parseLong(seconds.group(2));
            regex.append(Pattern.quote(text.substring(end, seconds.end(1))))
                    .append("(?:")
                    .append(written);
            for (int passed = 1; passed <= SECONDS_PASSED_MAX; passed++) {
                regex.append('|').append(written + (long) step * passed);
            }
            regex.append(')');
            end = seconds.end();
        }
        return regex.append(Pattern.quote(text.substring(end))).toString();
    }

    private static String excerpt(String bytes) {
        String shortened = bytes.length() <= SHOWN_LENGTH_MAX
                ? bytes
                : bytes.substring(0, SHOWN_LENGTH_MAX) + "... (" + bytes.length() + " bytes)";
        return shortened.replace("\r\n", "\\r\\n\n");
    }
}
