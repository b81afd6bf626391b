package io.github.embeddedmemcached.internal.binary;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.auth.Credentials;
import io.github.embeddedmemcached.internal.intercept.InterceptResult;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.watch.Watcher;
import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests of the binary protocol that transcripts cannot express: settings, limits, statistics, traces. */
class BinarySessionTest {
    private final BinaryWire wire = new BinaryWire();
    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final ReplyBuffer output = new ReplyBuffer();
    private final List<String> traces = new ArrayList<>();
    private Cache cache = Cache.builder().clock(clock).build();

    @AfterEach
    void checkIntegrity() {
        cache.checkIntegrity();
        cache.close();
    }

    private ServerContext newContext(ServerSettings settings) {
        return new ServerContext(Engines.of(cache), settings, clock, traces::add);
    }

    private ByteBuffer packets(String... lines) {
        return ByteBuffer.wrap(wire.encode(String.join("\r\n", lines)).getBytes(StandardCharsets.ISO_8859_1));
    }

    private String replies() {
        return wire.decode(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
    }

    private String send(ServerContext context, String... lines) {
        try (ClientSession session = new ClientSession(context)) {
            ByteBuffer input = packets(lines);
            StringBuilder replies = new StringBuilder();
            SessionProgress progress;
            do {
                progress = session.process(input, output);
                replies.append(replies());
            } while (progress == SessionProgress.OUTPUT_FULL || progress == SessionProgress.TURN_OVER);
            return replies.toString();
        }
    }

    private Map<String, String> stats(ServerContext context, String group) {
        String reply = send(context, "stat key=" + group + " opaque=9");
        assertThat(reply).endsWith("\r\nstat opaque=9\r\n");
        return reply.substring(0, reply.length() - "stat opaque=9\r\n".length())
                .lines()
                .collect(Collectors.toMap(
                        line -> line.replaceFirst("stat opaque=9 key=(\\S+).*", "$1"),
                        line -> line.replaceFirst(".* value=", "")));
    }

    @Test
    void shouldRejectFlushIfItIsDisabled() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.FLUSH_ENABLED, false));
        assertThat(send(context, "set flags=0 exptime=0 key=a value=1", "flush", "flushq", "get key=a"))
                .isEqualTo(
                        "set cas=1\r\nflush status=32 value=Auth failure.\r\nflushq status=32 value=Auth failure.\r\n"
                                + "get cas=1 flags=0 value=1\r\n");
    }

    @Test
    void shouldCountItemsByClass() {
        ServerContext context = newContext(ServerSettings.defaults());
        assertThat(send(context, "stat key=items")).isEqualTo("stat\r\n");
        send(context, "set flags=0 exptime=0 key=a value=1", "set flags=0 exptime=0 key=b value=1");
        assertThat(stats(context, "items")).containsEntry("items:1:number", "2").hasSize(28);
        assertThat(stats(context, "slabs"))
                .containsEntry("1:used_chunks", "2")
                .containsEntry("active_slabs", "1")
                .hasSize(17);
    }

    @Test
    void shouldCountPipelinedGetsBeforeTheStatistics() {
        ServerContext context = newContext(ServerSettings.defaults());
        List<String> pipeline = new ArrayList<>();
        pipeline.add("set flags=0 exptime=0 key=a value=1");
        pipeline.addAll(Collections.nCopies(40, "getq key=a")); // more than are prefetched at once
        pipeline.add("delete key=a");
        pipeline.addAll(Collections.nCopies(40, "getq key=a"));
        pipeline.add("stat opaque=9");
        assertThat(send(context, pipeline.toArray(String[]::new)))
                .startsWith("set cas=1\r\n" + "getq cas=1 flags=0 value=1\r\n".repeat(40) + "delete\r\nstat opaque=9 ")
                .contains("key=get_hits value=40\r\n", "key=get_misses value=40\r\n");
    }

    @Test
    void shouldFindItemsExpiredThatExpireWithinAPipeline() {
        ServerContext context = newContext(ServerSettings.defaults());
        send(context, "set flags=0 exptime=10 key=a value=1");
        context.interceptor().set(command -> {
            clock.advance(Duration.ofSeconds(4));
            return InterceptResult.PROCEED;
        });
        assertThat(send(context, "get key=a", "get key=a", "getq key=a", "noop"))
                .isEqualTo("get cas=1 flags=0 value=1\r\nget cas=1 flags=0 value=1\r\nnoop\r\n");
    }

    @Test
    void shouldRejectDetailDumpIfDumpsAreDisabled() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.DUMP_ENABLED, false));
        assertThat(send(context, "stat key=detail%20dump")).isEqualTo("stat status=32 value=Auth failure.\r\n");
    }

    @Test
    void shouldReportCommandsToWatchers() {
        ServerContext context = newContext(ServerSettings.defaults());
        Watcher watcher = context.watchers()
                .add(WatchKind.FETCHERS.bit() | WatchKind.MUTATIONS.bit() | WatchKind.DELETIONS.bit(), () -> {});
        send(
                context,
                "set flags=0 exptime=5 key=a value=1",
                "get key=a",
                "gat exptime=5 key=a",
                "touch exptime=5 key=a",
                "add flags=0 exptime=0 key=a value=1",
                "incr delta=1 initial=1 exptime=0 key=a",
                "delete key=a");
        Objects.requireNonNull(watcher).drainTo(output);
        assertThat(new String(output.takeBytes(), StandardCharsets.ISO_8859_1).replaceAll("(?m)^ts=\\S+ gid=\\d+ ", ""))
                .isEqualTo("""
                        type=item_get key=a status=not_found clsid=0 cfd=1 size=0
                        type=item_store key=a status=stored cmd=set ttl=5 clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=item_store key=a status=not_stored cmd=add ttl=0 clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=item_get key=a status=found clsid=1 cfd=1 size=1
                        type=deleted key=a cmd=delete clsid=1 size=1
                        """);
        context.watchers().remove(watcher);
    }

    @Test
    void shouldReportTheSameStatisticsAsOverText() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.PORT, 1234));
        send(context, "set flags=0 exptime=0 key=a value=1", "get key=a", "getq key=b", "gat exptime=0 key=a");
        assertThat(stats(context, ""))
                .containsEntry("cmd_set", "1")
                .containsEntry("get_hits", "1")
                .containsEntry("get_misses", "1")
                .containsEntry("touch_hits", "1")
                .containsEntry("version", MemcachedVersion.TEXT);
        assertThat(stats(context, "settings"))
                .containsEntry("tcpport", "1234")
                .containsEntry("binding_protocol", "auto-negotiate")
                .containsEntry("auth_enabled_sasl", "no");
        send(context, "verbosity level=7", "stat key=reset");
        assertThat(stats(context, "")).containsEntry("cmd_set", "0");
        assertThat(stats(context, "settings")).containsEntry("verbosity", "2");
    }

    @Test
    void shouldReplyOutOfMemoryIfAnItemDoesNotFit() {
        cache.close();
        cache = Cache.builder()
                .memoryLimitBytes(4 << 20)
                .eviction(false)
                .clock(clock)
                .build();
        ServerContext context = newContext(ServerSettings.defaults());
        String value = "x".repeat(1_000_000);
        String error = "";
        for (int i = 0; i < 8 && error.isEmpty(); i++) {
            String reply = send(context, "setq flags=0 exptime=0 key=k" + i + " value=" + value, "noop opaque=1");
            error = reply.replace("noop opaque=1\r\n", "");
        }
        assertThat(error).isEqualTo("setq status=130 value=Out of memory allocating item\r\n");
    }

    @Test
    void shouldReleaseTheMemoryOfAnIncompleteValueWhenTheSessionIsClosed() {
        ServerContext context = newContext(ServerSettings.defaults());
        long before = cache.statistics().usedBytes();
        ByteBuffer input = packets("set flags=0 exptime=0 key=a value=" + "x".repeat(900_000));
        input.limit(500_000);
        try (ClientSession session = new ClientSession(context)) {
            assertThat(session.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);
            assertThat(input.hasRemaining()).isFalse();
            assertThat(session.isIdle()).isFalse();
            assertThat(cache.statistics().usedBytes()).isGreaterThan(before + 900_000);
        }
        assertThat(cache.statistics().usedBytes()).isLessThan(before + 900_000);
    }

    @Test
    void shouldEndATurnAfterItsRequestBudget() {
        ServerContext context = newContext(ServerSettings.defaults().with(ServerOption.REQUESTS_PER_TURN, 2));
        try (ClientSession session = new ClientSession(context)) {
            ByteBuffer input = packets("noop", "noop", "noop");
            assertThat(session.process(input, output)).isEqualTo(SessionProgress.TURN_OVER);
            assertThat(replies()).isEqualTo("noop\r\nnoop\r\n");
            assertThat(session.process(input, output)).isEqualTo(SessionProgress.NEEDS_INPUT);
            assertThat(replies()).isEqualTo("noop\r\n");
        }
    }

    @Test
    void shouldTraceHeadersButNoPasswords() {
        ServerContext context = newContext(ServerSettings.defaults()
                .with(ServerOption.VERBOSITY, 2)
                .with(ServerOption.CREDENTIALS, Optional.of(Credentials.NONE.with("alice", "secret"))));
        send(context, "sasl-auth key=PLAIN value=%00alice%00secret opaque=5", "quit");
        assertThat(traces)
                .containsExactly(
                        "<1 Read binary protocol data:"
                                + " 80 21 00 05 00 00 00 00 00 00 00 12 00 00 00 05 00 00 00 00 00 00 00 00",
                        ">1 Writing bin response:"
                                + " 81 21 00 00 00 00 00 00 00 00 00 0d 00 00 00 05 00 00 00 00 00 00 00 00",
                        "<1 Read binary protocol data:"
                                + " 80 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
                        ">1 Writing bin response:"
                                + " 81 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    }
}
