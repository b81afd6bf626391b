package io.github.embeddedmemcached.internal.protocol;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;

/** The ways in which a transcript can reach a session: in one piece, cut anywhere, byte by byte, at once. */
public final class TranscriptWays {
    public static final String DIFFERENCES = "differences.txt";

    /** Requests that are longer are cut at so many places at their begin and at their end only, */
    private static final int CUTS_MAX = 400;

    /** or, when the whole transcript is long, at so many that about this much is played. */
    private static final int CUT_BYTES_MAX = 16 << 20;

    /** Bytes at the begin and at the end of a request that are sent one by one. */
    private static final int SINGLE_BYTES_MAX = 4096;

    private static final int PIECE_LENGTH = 61;

    /** So small that every answer fills the output. */
    private static final int TINY_HIGH_WATER = 1;

    private final Transcript transcript;
    private final Wire wire;
    private final ServerSettings settings;

    private TranscriptWays(Transcript transcript, Wire wire, ServerSettings settings) {
        this.transcript = transcript;
        this.wire = wire;
        this.settings = settings;
    }

    public static DynamicNode of(Transcript transcript, Wire wire, ServerSettings settings) {
        TranscriptWays ways = new TranscriptWays(transcript, wire, settings);
        return dynamicContainer(
                transcript.name(),
                Stream.of(
                        dynamicTest("in one piece", () -> ways.play(false, TranscriptTarget::send)),
                        dynamicTest("cut in two anywhere", ways::cutAnywhere),
                        dynamicTest("byte by byte", () -> ways.play(false, TranscriptWays::sendBytes)),
                        dynamicTest("pipelined", () -> ways.play(true, TranscriptTarget::send)),
                        dynamicTest("pipelined, byte by byte", () -> ways.play(true, TranscriptWays::sendBytes)),
                        dynamicTest("pipelined, hardly any room for answers", ways::tightly)));
    }

    /** Plays to a target once, and once pipelined. */
    public static DynamicNode to(Transcript transcript, Wire wire, Opener opener) {
        return dynamicContainer(
                transcript.name(),
                Stream.of(false, true)
                        .map(pipelined -> dynamicTest(pipelined ? "pipelined" : "in one piece", () -> {
                            Transcript played = pipelined ? transcript.withoutUnanswering() : transcript;
                            try (TranscriptTarget target = opener.open()) {
                                TranscriptRunner.play(played, target, TranscriptTarget::send, pipelined, wire);
                            }
                        })));
    }

    /** Opens a target. */
    public interface Opener {
        TranscriptTarget open() throws IOException;
    }

    private void play(boolean pipelined, TranscriptRunner.Sender sender) throws IOException {
        try (SessionTarget target = new SessionTarget(ReplyBuffer.DEFAULT_HIGH_WATER, settings)) {
            TranscriptRunner.play(transcript, target, sender, pipelined, wire);
        }
    }

    private void tightly() throws IOException {
        ServerSettings oneRequestPerTurn = settings.with(ServerOption.REQUESTS_PER_TURN, 1);
        try (SessionTarget target = new SessionTarget(TINY_HIGH_WATER, oneRequestPerTurn)) {
            TranscriptRunner.play(transcript, target, TranscriptTarget::send, true, wire);
        }
    }

    private void cutAnywhere() throws IOException {
        int longest = transcript.exchanges().stream()
                .mapToInt(exchange -> exchange.request().length())
                .max()
                .orElse(0);
        long total = transcript.exchanges().stream()
                .mapToLong(exchange ->
                        exchange.request().length() + exchange.answer().length())
                .sum();
        long cuts = Math.min(CUTS_MAX, CUT_BYTES_MAX / total);
        for (int i = 1; i < Math.min(longest, cuts); i++) {
            int cut = i;
            cutAt(length -> cut);
            if (longest > cuts) {
                cutAt(length -> length - cut);
            }
        }
    }

    private void cutAt(Function<Integer, Integer> cut) throws IOException {
        play(false, (to, request) -> {
            int index = Math.max(0, Math.min(cut.apply(request.length()), request.length()));
            to.send(request.substring(0, index));
            to.send(request.substring(index));
        });
    }

    /** Sends a request byte by byte; the middle of a long one, which is part of a value, in short pieces. */
    static void sendBytes(TranscriptTarget target, String request) throws IOException {
        int middleEnd = request.length() - SINGLE_BYTES_MAX;
        int sent = 0;
        while (sent < request.length()) {
            int end =
                    sent < SINGLE_BYTES_MAX || sent >= middleEnd ? sent + 1 : Math.min(sent + PIECE_LENGTH, middleEnd);
            target.send(request.substring(sent, end));
            sent = end;
        }
    }

    /** Reads the transcripts of a folder on the class path. */
    public static List<Transcript> read(String folder) {
        try (Stream<Path> files = Files.list(folder(folder))) {
            return files.filter(file -> !file.endsWith(DIFFERENCES))
                    .sorted()
                    .map(file -> {
                        try {
                            return Transcript.read(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path folder(String name) {
        URL url = TranscriptWays.class.getResource("/" + name);
        try {
            return Path.of(
                    Objects.requireNonNull(url, name + " is on the class path").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
