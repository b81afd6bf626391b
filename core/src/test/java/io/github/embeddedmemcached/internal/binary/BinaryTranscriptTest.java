package io.github.embeddedmemcached.internal.binary;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.internal.protocol.Transcript;
import io.github.embeddedmemcached.internal.protocol.Transcript.Exchange;
import io.github.embeddedmemcached.internal.protocol.TranscriptVariants;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Plays the binary transcripts to a session, divided in several ways, and to a real memcached if one is installed. */
class BinaryTranscriptTest {
    private static final String FOLDER = "binary-transcripts";
    private static final List<Transcript> TRANSCRIPTS = TranscriptVariants.read(FOLDER);

    private static @Nullable RealMemcached memcached;

    @AfterAll
    static void stopMemcached() {
        if (memcached != null) {
            memcached.close();
            memcached = null;
        }
    }

    @TestFactory
    Stream<DynamicNode> shouldSendTheRepliesOfTheTranscripts() {
        return TRANSCRIPTS.stream()
                .map(transcript -> TranscriptVariants.of(transcript, new BinaryWire(), ServerSettings.defaults()));
    }

    @TestFactory
    Stream<DynamicNode> shouldSendTheSameRepliesIfOnlyTheBinaryProtocolIsEnabled() {
        return TRANSCRIPTS.stream()
                .map(transcript -> TranscriptVariants.of(
                        transcript,
                        new BinaryWire(),
                        ServerSettings.defaults().with(ServerOption.PROTOCOL, WireProtocol.BINARY)));
    }

    @TestFactory
    Stream<DynamicNode> shouldSendTheSameRepliesAsARealMemcached() {
        return TRANSCRIPTS.stream()
                .filter(transcript -> !transcript.advancesTime())
                .map(transcript -> TranscriptVariants.to(transcript, new BinaryWire(), () -> real().target()));
    }

    @Test
    void shouldDescribeEveryDifferenceExactlyOnce() throws IOException {
        Set<String> used = TRANSCRIPTS.stream()
                .flatMap(transcript -> transcript.exchanges().stream())
                .map(Exchange::difference)
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
        List<String> described = Files.readAllLines(
                        TranscriptVariants.folder(FOLDER).resolve(TranscriptVariants.DIFFERENCES),
                        StandardCharsets.UTF_8)
                .stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.substring(0, line.indexOf(':')))
                .toList();
        assertThat(described).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(used);
    }

    private static synchronized RealMemcached real() throws IOException {
        if (memcached == null) {
            memcached = RealMemcached.start();
        }
        return memcached;
    }
}
