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

/** Tests that play a transcript with different divisions of the input: in one piece, in two, byte by byte, pipelined. */
public final class TranscriptVariants {
    public static final String DIFFERENCES = "differences.txt";

    /** The maximum number of offsets at the start and at the end of a request where it is divided. */
    private static final int CUTS_MAX = 400;

    /** The approximate number of bytes that are played for all divisions. Reduces the number of offsets for long transcripts. */
    private static final int CUT_BYTES_MAX = 16 << 20;

    /** The number of bytes at the start and at the end of a request that are sent individually. */
    private static final int SINGLE_BYTES_MAX = 4096;

    private static final int PIECE_LENGTH = 61;

    /** Every reply fills the output. */
    private static final int TINY_HIGH_WATER = 1;

    private final Transcript transcript;
    private final Wire wire;
    private final ServerSettings settings;

    private TranscriptVariants(Transcript transcript, Wire wire, ServerSettings settings) {
        this.transcript = transcript;
        this.wire = wire;
        this.settings = settings;
    }

    /** Returns the tests that play a transcript to sessions. */
    public static DynamicNode of(Transcript transcript, Wire wire, ServerSettings settings) {
        TranscriptVariants variants = new TranscriptVariants(transcript, wire, settings);
        return dynamicContainer(
                transcript.name(),
                Stream.of(
                        dynamicTest("in one piece", () -> variants.play(false, TranscriptTarget::send)),
                        dynamicTest("in two pieces", variants::playInTwoPieces),
                        dynamicTest("byte by byte", () -> variants.play(false, TranscriptVariants::sendBytes)),
                        dynamicTest("pipelined", () -> variants.play(true, TranscriptTarget::send)),
                        dynamicTest(
                                "pipelined, byte by byte", () -> variants.play(true, TranscriptVariants::sendBytes)),
                        dynamicTest("pipelined, with a tiny output", variants::playWithTinyOutput)));
    }

    /** Returns the tests that play a transcript to another target, with and without pipelining. */
    public static DynamicNode to(Transcript transcript, Wire wire, Opener opener) {
        return dynamicContainer(
                transcript.name(),
                Stream.of(false, true)
                        .map(pipelined -> dynamicTest(pipelined ? "pipelined" : "in one piece", () -> {
                            Transcript played = pipelined ? transcript.pipelinable() : transcript;
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

    private void playWithTinyOutput() throws IOException {
        ServerSettings oneRequestPerTurn = settings.with(ServerOption.REQUESTS_PER_TURN, 1);
        try (SessionTarget target = new SessionTarget(TINY_HIGH_WATER, oneRequestPerTurn)) {
            TranscriptRunner.play(transcript, target, TranscriptTarget::send, true, wire);
        }
    }

    private void playInTwoPieces() throws IOException {
        int longest = transcript.exchanges().stream()
                .mapToInt(exchange -> exchange.request().length())
                .max()
                .orElse(0);
        long total = transcript.exchanges().stream()
                .mapToLong(exchange ->
                        exchange.request().length() + exchange.reply().length())
                .sum();
        long cuts = Math.min(CUTS_MAX, CUT_BYTES_MAX / total);
        for (int i = 1; i < Math.min(longest, cuts); i++) {
            int cut = i;
            playDividedAt(length -> cut);
            if (longest > cuts) {
                playDividedAt(length -> length - cut);
            }
        }
    }

    private void playDividedAt(Function<Integer, Integer> offset) throws IOException {
        play(false, (to, request) -> {
            int index = Math.max(0, Math.min(offset.apply(request.length()), request.length()));
            to.send(request.substring(0, index));
            to.send(request.substring(index));
        });
    }

    /** Sends a request byte by byte, but the middle of a long one, which is part of a value, in short pieces. */
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
        URL url = TranscriptVariants.class.getResource("/" + name);
        try {
            return Path.of(
                    Objects.requireNonNull(url, name + " is on the class path").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
