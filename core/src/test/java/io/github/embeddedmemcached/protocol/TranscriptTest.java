package io.github.embeddedmemcached.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.embeddedmemcached.protocol.Transcript.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Plays every transcript to a session, cut in every way, and to a real memcached where one is installed. */
class TranscriptTest {
    /** Requests that are longer are cut at so many places at their begin and at their end only, */
    private static final int CUTS_MAX = 400;

    /** or, when the whole transcript is long, at so many that about this much is played. */
    private static final int CUT_BYTES_MAX = 64 << 20;

    /** So small that every answer fills the output. */
    private static final int TINY_HIGH_WATER = 1;

    private static final String DIFFERENCES = "differences.txt";

    private static @Nullable RealMemcached memcached;

    @AfterAll
    static void stopMemcached() {
        if (memcached != null) {
            memcached.close();
            memcached = null;
        }
    }

    @TestFactory
    Stream<DynamicNode> shouldAnswerAsMemcachedDoes() {
        return transcripts().stream()
                .map(transcript -> dynamicContainer(
                        transcript.name(),
                        Stream.of(
                                dynamicTest("in one piece", () -> inOnePiece(transcript)),
                                dynamicTest("cut in two anywhere", () -> cutAnywhere(transcript)),
                                dynamicTest("byte by byte", () -> byteByByte(transcript)),
                                dynamicTest("pipelined", () -> pipelined(transcript)),
                                dynamicTest("pipelined, byte by byte", () -> pipelinedByteByByte(transcript)),
                                dynamicTest("pipelined, hardly any room for answers", () -> tightly(transcript)))));
    }

    @TestFactory
    Stream<DynamicNode> shouldSayWhatARealMemcachedSays() {
        return transcripts().stream()
                .filter(transcript -> !transcript.advancesTime())
                .map(transcript -> dynamicContainer(
                        transcript.name(),
                        Stream.of(
                                dynamicTest("in one piece", () -> {
                                    try (TranscriptTarget target = real().target()) {
                                        TranscriptRunner.play(transcript, target, TranscriptTarget::send);
                                    }
                                }),
                                dynamicTest("pipelined", () -> {
                                    try (TranscriptTarget target = real().target()) {
                                        TranscriptRunner.playPipelined(
                                                transcript.withoutUnanswering(), target, TranscriptTarget::send);
                                    }
                                }))));
    }

    @Test
    void shouldNameEveryDifferenceBetweenVersionsOnce() throws IOException {
        Set<String> used = transcripts().stream()
                .flatMap(transcript -> transcript.exchanges().stream())
                .map(Exchange::difference)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        List<String> named = Files.readAllLines(folder().resolve(DIFFERENCES), StandardCharsets.UTF_8).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.substring(0, line.indexOf(':')))
                .toList();
        assertThat(named).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(used);
    }

    private static synchronized RealMemcached real() throws IOException {
        if (memcached == null) {
            memcached = RealMemcached.start();
        }
        return memcached;
    }

    private static void inOnePiece(Transcript transcript) throws IOException {
        try (SessionTarget target = new SessionTarget()) {
            TranscriptRunner.play(transcript, target, TranscriptTarget::send);
        }
    }

    private static void cutAnywhere(Transcript transcript) throws IOException {
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
            cutAt(transcript, length -> cut);
            if (longest > cuts) {
                cutAt(transcript, length -> length - cut);
            }
        }
    }

    private interface Cut {
        int in(int length);
    }

    private static void cutAt(Transcript transcript, Cut cut) throws IOException {
        try (SessionTarget target = new SessionTarget()) {
            TranscriptRunner.play(transcript, target, (to, request) -> {
                int index = Math.max(0, Math.min(cut.in(request.length()), request.length()));
                to.send(request.substring(0, index));
                to.send(request.substring(index));
            });
        }
    }

    private static void byteByByte(Transcript transcript) throws IOException {
        try (SessionTarget target = new SessionTarget()) {
            TranscriptRunner.play(transcript, target, TranscriptTest::sendBytes);
        }
    }

    private static void pipelined(Transcript transcript) throws IOException {
        try (SessionTarget target = new SessionTarget()) {
            TranscriptRunner.playPipelined(transcript, target, TranscriptTarget::send);
        }
    }

    private static void pipelinedByteByByte(Transcript transcript) throws IOException {
        try (SessionTarget target = new SessionTarget()) {
            TranscriptRunner.playPipelined(transcript, target, TranscriptTest::sendBytes);
        }
    }

    private static void tightly(Transcript transcript) throws IOException {
        try (SessionTarget target = new SessionTarget(TINY_HIGH_WATER, 1)) {
            TranscriptRunner.playPipelined(transcript, target, TranscriptTarget::send);
        }
    }

    private static void sendBytes(TranscriptTarget target, String request) {
        IntStream.range(0, request.length()).forEach(i -> {
            try {
                target.send(request.substring(i, i + 1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<Transcript> transcripts() {
        try (Stream<Path> files = Files.list(folder())) {
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

    private static Path folder() {
        URL url = TranscriptTest.class.getResource("/transcripts");
        try {
            return Path.of(Objects.requireNonNull(url, "transcripts are on the class path")
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
