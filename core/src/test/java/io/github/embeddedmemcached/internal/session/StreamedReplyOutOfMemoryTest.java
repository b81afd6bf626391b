package io.github.embeddedmemcached.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.binary.BinaryReplies;
import io.github.embeddedmemcached.internal.binary.BinaryRequest;
import io.github.embeddedmemcached.internal.binary.BinaryStatistics;
import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.stats.ItemDump;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.BinaryHeader;
import io.github.embeddedmemcached.internal.wire.LinesReply;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.internal.wire.StreamedReply;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streamed replies whose step fails with an OutOfMemoryError and is repeated. */
class StreamedReplyOutOfMemoryTest {
    private final Cache cache = Cache.builder().build();
    private final ServerContext context =
            new ServerContext(Engines.of(cache), ServerSettings.defaults(), Clock.systemUTC());
    private final ReplyBuffer output = new ReplyBuffer();

    @AfterEach
    void closeCache() {
        cache.close();
    }

    /** Causes an OutOfMemoryError at a piece of the reply: the output would need an array longer than the JVM supports. */
    private void failAt(StreamedReply reply, String piece) {
        output.highWater(Integer.MAX_VALUE);
        output.tail(Integer.MAX_VALUE - piece.length());
        assertThatThrownBy(() -> reply.proceed(output)).isInstanceOf(OutOfMemoryError.class);
        output.tail(0);
    }

    private String complete(StreamedReply reply) {
        while (!reply.proceed(output)) {
            continue;
        }
        return new String(output.takeBytes(), StandardCharsets.US_ASCII);
    }

    @Test
    void shouldListEachItemOfADumpOnceAfterAnOutOfMemoryError() {
        cache.set("key", new byte[1]);
        ItemDump dump = new ItemDump(context.cache(), ItemDump.Form.MGDUMP, ClassSet.ALL, 0);
        failAt(dump, "OK\r\n");
        output.highWater(1); // full after the first piece
        assertThat(dump.proceed(output)).isFalse();
        assertThat(new String(output.takeBytes(), StandardCharsets.US_ASCII)).isEqualTo("OK\r\n");
        failAt(dump, "mg key\r\n");
        assertThat(complete(dump)).isEqualTo("mg key\r\nEN\r\n");
    }

    @Test
    void shouldSendEachLineOnceAfterAnOutOfMemoryError() {
        LinesReply lines = new LinesReply(List.of("one\r\n", "second\r\n"));
        failAt(lines, "one\r\n");
        assertThat(complete(lines)).isEqualTo("one\r\nsecond\r\nEND\r\n");
    }

    @Test
    void shouldReportTheItemsInTheBinaryProtocolAfterAnOutOfMemoryError() {
        cache.set("key", new byte[1]);
        CurrentSession session = new CurrentSession();
        BinaryReplies replies = new BinaryReplies(session, new BinaryRequest());
        BinaryStatistics statistics = new BinaryStatistics(context, replies);
        assertThat(statistics.begin("items")).isNull();
        replies.open(output, null);
        failAt(ignored -> statistics.proceed(), "x".repeat(BinaryHeader.LENGTH + "items:1:number1".length()));
        assertThat(complete(ignored -> statistics.proceed())).contains("items:1:number");
    }
}
