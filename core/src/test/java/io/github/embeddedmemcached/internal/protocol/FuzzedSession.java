package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Passes arbitrary bytes to sessions. Invariants: no exception, no endless loop, bounded output, the same replies however the input is
 * divided, and an intact cache afterwards.
 *
 * <p>{@code mvn verify} replays the seeds (the transcripts) and the stored corpus; the profile {@code fuzz} fuzzes. Jazzer fuzzes one
 * method in each JVM, so each kind of input has its own class.
 */
public class FuzzedSession {
    /** Small, so that a cache is built quickly, and sufficient for the largest item. */
    private static final long MEMORY_LIMIT = 8 << 20;

    /** A reply ends the turn when the output is over its high-water mark, so it exceeds the mark by at most one value and its line. */
    private static final int OUTPUT_LENGTH_MAX = ReplyBuffer.DEFAULT_HIGH_WATER + (1 << 20) + (64 << 10);

    /** Longer inputs are replayed by other tests, and slow down the fuzzer. */
    private static final int SEED_LENGTH_MAX = 16 << 10;

    /** The maximum number of consecutive calls of {@code process} that neither consume input nor produce output. */
    private static final int IDLE_CALLS_MAX = 1000;

    /** Replies are not compared for longer lines: an incomplete line is checked when it arrives, which depends on the division. */
    private static final int LINE_LENGTH_COMPARED_MAX = 2000;

    /** Processor times, values and orders that depend on the seed of the key hash, and errors about pipelined commands. */
    private static final Pattern VARYING_REPLIES = Pattern.compile("rusage_|hash_|cannot pipeline|\r\n(mg|key=|ITEM) ");

    private ByteBuffer window = ByteBuffer.allocate(0);

    /** Returns the requests of each transcript as one input. */
    public static Stream<byte[]> seeds(String folder, Wire wire, boolean meta) {
        return TranscriptVariants.read(folder).stream()
                .filter(transcript -> transcript.name().startsWith("meta") == meta)
                .map(transcript -> requests(transcript, wire))
                .filter(input -> input.length <= SEED_LENGTH_MAX);
    }

    private static byte[] requests(Transcript transcript, Wire wire) {
        List<String> requests = transcript.exchanges().stream()
                .map(exchange -> wire.encode(exchange.request().replaceAll("\\$\\w+", "1")))
                .toList();
        return String.join("", requests).getBytes(StandardCharsets.ISO_8859_1);
    }

    public void check(byte[] input, ServerSettings settings) {
        String whole = play(input, input.length, settings);
        int piece = 1 + input.length % 7;
        String divided = play(input, piece, settings);
        if (isComparable(input, whole)) {
            int mismatch = Arrays.mismatch(divided.toCharArray(), whole.toCharArray());
            if (mismatch >= 0) {
                throw new AssertionError(
                        "replies differ: " + excerpt(whole, mismatch) + " / " + excerpt(divided, mismatch));
            }
        }
    }

    private static String excerpt(String replies, int index) {
        return replies.substring(Math.max(0, index - 60), Math.min(replies.length(), index + 60));
    }

    private static boolean isComparable(byte[] input, String replies) {
        int line = 0;
        for (byte character : input) {
            line = character == '\n' ? 0 : line + 1;
            if (line > LINE_LENGTH_COMPARED_MAX) {
                return false;
            }
        }
        return !VARYING_REPLIES.matcher(replies).find();
    }

    private String play(byte[] bytes, int pieceLength, ServerSettings settings) {
        TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
        try (Cache cache =
                Cache.builder().memoryLimitBytes(MEMORY_LIMIT).clock(clock).build()) {
            ServerContext context = new ServerContext(Engines.of(cache), settings, clock);
            StringBuilder replies = new StringBuilder();
            try (ClientSession session = new ClientSession(context)) {
                play(session, context, bytes, pieceLength, replies);
            }
            cache.checkIntegrity();
            return replies.toString();
        }
    }

    private void play(
            ClientSession session, ServerContext context, byte[] bytes, int pieceLength, StringBuilder replies) {
        if (window.capacity() < 2 * context.inputLengthMax()) {
            window = ByteBuffer.allocate(2 * context.inputLengthMax());
        }
        ByteBuffer input = window.clear().limit(0);
        ReplyBuffer output = new ReplyBuffer();
        for (int sent = 0; sent < bytes.length; ) {
            input.compact();
            int count = Math.min(Math.min(pieceLength, bytes.length - sent), input.remaining());
            check(count > 0, "the input buffer is full");
            input.put(bytes, sent, count).flip();
            sent += count;
            if (process(session, input, output, replies) == SessionProgress.CLOSE) {
                replies.append("(closed)");
                return;
            }
        }
    }

    /** Faster than AssertJ, which matters for millions of checks. */
    private static void check(boolean holds, String failure) {
        if (!holds) {
            throw new AssertionError(failure);
        }
    }

    private static SessionProgress process(
            ClientSession session, ByteBuffer input, ReplyBuffer output, StringBuilder replies) {
        int idleCalls = 0;
        while (true) {
            int before = input.remaining();
            SessionProgress progress = session.process(input, output);
            check(output.size() <= OUTPUT_LENGTH_MAX, "too much output");
            boolean idle = input.remaining() == before && output.isEmpty();
            idleCalls = idle ? idleCalls + 1 : 0;
            check(idleCalls < IDLE_CALLS_MAX, "calls without progress");
            replies.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
            if (progress == SessionProgress.NEEDS_INPUT || progress == SessionProgress.CLOSE) {
                return progress;
            }
        }
    }
}
