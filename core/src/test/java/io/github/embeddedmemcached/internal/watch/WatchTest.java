package io.github.embeddedmemcached.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.MemcachedOperations;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.internal.binary.BinaryWire;
import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.session.SessionProgress;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.LogLine;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.TestClock;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The log lines that watchers receive. */
class WatchTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.1", 4711);
    private static final Pattern TIME_AND_NUMBER = Pattern.compile("(?m)^ts=\\d+\\.\\d+ gid=\\d+ ");

    private final TestClock clock = TestClock.startingAt(Instant.parse("2026-11-22T12:00:00Z"));
    private final Cache cache =
            Cache.builder().memoryLimitBytes(8 << 20).clock(clock).build();
    private final ServerContext context = new ServerContext(Engines.of(cache), ServerSettings.defaults(), clock);
    private final ReplyBuffer output = new ReplyBuffer();
    private final List<ClientSession> sessions = new ArrayList<>();
    private final ClientSession client = session(new CountingTransport());
    private int wakeUps;

    @AfterEach
    void close() {
        sessions.forEach(ClientSession::close);
        assertThat(context.watchers().count()).isZero();
        assertThat(context.observerFlags().bits()).isZero();
    }

    private ClientSession session(SessionTransport transport) {
        ClientSession session = new ClientSession(context);
        session.transport(transport);
        sessions.add(session);
        return session;
    }

    private ClientSession watcher(String kinds) {
        ClientSession session = session(new CountingTransport());
        assertThat(send(session, "watch" + kinds + "\r\n")).isEqualTo("OK\r\n");
        return session;
    }

    private String send(ClientSession session, String request) {
        ByteBuffer input = ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1));
        StringBuilder reply = new StringBuilder();
        SessionProgress progress;
        do {
            progress = session.process(input, output);
            reply.append(new String(output.takeBytes(), StandardCharsets.ISO_8859_1));
        } while (progress == SessionProgress.OUTPUT_FULL || progress == SessionProgress.TURN_OVER);
        return reply.toString();
    }

    /** Returns the lines that a watcher has received since the last call, without their times and sequence numbers. */
    private String receive(ClientSession watcher) {
        return TIME_AND_NUMBER.matcher(send(watcher, "")).replaceAll("");
    }

    @Test
    void shouldReportLookups() {
        send(client, "set a 5 10 3\r\nabc\r\nset % 0 1 0\r\n\r\n");
        clock.advance(Duration.ofSeconds(1));
        ClientSession watcher = watcher("");
        send(client, "get a b\r\ngat 10 a\r\nget %\r\ntouch a 10\r\nincr c 1\r\ndelete a\r\n");
        assertThat(receive(watcher)).isEqualTo("""
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                type=item_get key=b status=not_found clsid=0 cfd=1 size=0
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                type=item_get key=%25 status=expired clsid=0 cfd=1 size=0
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                type=item_get key=c status=not_found clsid=0 cfd=1 size=0
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                """);
    }

    @Test
    void shouldWakeAWatcherAgainAfterAFailedWakeUp() {
        int[] calls = {0};
        Watcher watcher = context.watchers().add(WatchKind.EVICTIONS.bit(), () -> {
            if (++calls[0] == 1) {
                throw new IllegalStateException("no memory for a task");
            }
        });
        LogLine line = new LogLine().text("line").end();
        assertThat(watcher).isNotNull();
        assertThatThrownBy(() -> watcher.offer(line.bytes(), line.length())).isInstanceOf(IllegalStateException.class);
        assertThat(watcher.offer(line.bytes(), line.length())).isTrue();
        assertThat(watcher.offer(line.bytes(), line.length())).isTrue(); // no further wake-up is necessary
        assertThat(calls[0]).isEqualTo(2);
        context.watchers().remove(watcher);
    }

    @Test
    void shouldReportStorageCommands() {
        ClientSession watcher = watcher(" mutations");
        String large = "x".repeat(300_000);
        send(client, "set a 0 0 1\r\n1\r\nset a 5 10 1\r\n1\r\nadd a 0 0 1\r\n1\r\nreplace b 0 0 1\r\n1\r\n");
        send(client, "append a 0 0 1\r\n2\r\nprepend b 0 0 1\r\n2\r\ncas a 0 0 1 99\r\n1\r\ncas b 0 0 1 99\r\n1\r\n");
        send(client, "set big 0 0 2000000\r\n");
        send(client, "x".repeat(2_000_002));
        send(client, "set large 0 " + (clock.millis() / 1000 + 77) + " 300000\r\n");
        send(client, large + "\r\nset d 0 -1 1\r\n1\r\nset d 0 0 1\r\nxx\r\n");
        assertThat(receive(watcher)).isEqualTo("""
                type=item_store key=a status=stored cmd=set ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=a status=stored cmd=set ttl=10 clsid=1 cfd=1 size=1
                type=item_store key=a status=not_stored cmd=add ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=b status=not_stored cmd=replace ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=a status=stored cmd=append ttl=10 clsid=1 cfd=1 size=2
                type=item_store key=b status=not_stored cmd=prepend ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=a status=exists cmd=cas ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=b status=not_found cmd=cas ttl=0 clsid=1 cfd=1 size=1
                type=item_store key=big status=too_large cmd=set ttl=0 clsid=0 cfd=1 size=0
                type=item_store key=large status=stored cmd=set ttl=77 clsid=37 cfd=1 size=300000
                type=item_store key=d status=stored cmd=set ttl=4294967295 clsid=1 cfd=1 size=1
                """);
    }

    @Test
    void shouldReportMetaCommands() {
        ClientSession watcher = watcher(" fetchers mutations deletions");
        send(
                client,
                "ms Zm9v 1 b T60\r\n1\r\nmg foo v\r\nms foo 1 C99\r\n2\r\nms foo 1 MA\r\n2\r\nma foo\r\nmd foo\r\n");
        send(client, "ms large 300000\r\n");
        send(client, "x".repeat(300_000) + "\r\nms big 2000000\r\n");
        assertThat(receive(watcher)).isEqualTo("""
                type=item_get key=foo status=not_found clsid=0 cfd=1 size=0
                type=item_store key=foo status=stored cmd=set ttl=60 clsid=1 cfd=1 size=1
                type=item_get key=foo status=found clsid=1 cfd=1 size=1
                type=item_get key=foo status=found clsid=1 cfd=1 size=1
                type=item_store key=foo status=exists cmd=cas ttl=0 clsid=1 cfd=1 size=1
                type=item_get key=foo status=found clsid=1 cfd=1 size=1
                type=item_store key=foo status=stored cmd=append ttl=60 clsid=1 cfd=1 size=2
                type=item_get key=foo status=found clsid=1 cfd=1 size=2
                type=item_get key=foo status=found clsid=1 cfd=1 size=2
                type=deleted key=foo cmd=md clsid=1 size=2
                type=item_get key=large status=not_found clsid=0 cfd=1 size=0
                type=item_store key=large status=stored cmd=set ttl=0 clsid=37 cfd=1 size=300000
                type=item_get key=big status=not_found clsid=0 cfd=1 size=0
                type=item_store key=big status=too_large cmd=set ttl=0 clsid=0 cfd=1 size=0
                """);
    }

    @Test
    void shouldReportTheLookupBeforeAStore() {
        ClientSession watcher = watcher(" mutations fetchers");
        send(client, "set a 0 0 1\r\n1\r\n");
        assertThat(receive(watcher)).isEqualTo("""
                type=item_get key=a status=not_found clsid=0 cfd=1 size=0
                type=item_store key=a status=stored cmd=set ttl=0 clsid=1 cfd=1 size=1
                """);
    }

    @Test
    void shouldReportItemsCreatedByArithmetic() {
        ClientSession watcher = watcher(" fetchers mutations");
        send(client, "ma n N30 J5\r\nma n\r\nma m q\r\nma m N0 MD q\r\n");
        ClientSession binary = session(new CountingTransport());
        String create = new BinaryWire().encode("incr delta=1 initial=100 exptime=50 key=b");
        send(binary, create + create + new BinaryWire().encode("decr delta=1 initial=1 exptime=0xffffffff key=c"));
        assertThat(receive(watcher)).isEqualTo("""
                type=item_get key=n status=not_found clsid=0 cfd=1 size=0
                type=item_get key=n status=not_found clsid=0 cfd=1 size=0
                type=item_store key=n status=stored cmd=add ttl=0 clsid=1 cfd=1 size=1
                type=item_get key=n status=found clsid=1 cfd=1 size=1
                type=item_get key=m status=not_found clsid=0 cfd=1 size=0
                type=item_get key=m status=not_found clsid=0 cfd=1 size=0
                type=item_get key=m status=not_found clsid=0 cfd=1 size=0
                type=item_store key=m status=stored cmd=add ttl=0 clsid=1 cfd=1 size=1
                type=item_get key=b status=not_found clsid=0 cfd=3 size=0
                type=item_get key=b status=not_found clsid=0 cfd=3 size=0
                type=item_store key=b status=stored cmd=add ttl=50 clsid=1 cfd=3 size=3
                type=item_get key=b status=found clsid=1 cfd=3 size=3
                type=item_get key=c status=not_found clsid=0 cfd=3 size=0
                """);
    }

    @Test
    void shouldReportMetaDeletesThatKeepTheItem() {
        send(client, "set a 0 0 3\r\nabc\r\nset b 0 0 3\r\nabc\r\n");
        ClientSession watcher = watcher(" fetchers mutations deletions");
        send(client, "md a x T30 F5\r\nmd b x I\r\nmd b I\r\nmd c x\r\nmd a x C99\r\n");
        assertThat(receive(watcher)).isEqualTo("""
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                type=item_get key=a status=found clsid=1 cfd=1 size=3
                type=item_store key=a status=stored cmd=set ttl=30 clsid=1 cfd=1 size=0
                type=deleted key=a cmd=md clsid=1 size=0
                type=item_get key=b status=found clsid=1 cfd=1 size=3
                type=item_get key=b status=found clsid=1 cfd=1 size=3
                type=item_store key=b status=stored cmd=set ttl=0 clsid=1 cfd=1 size=0
                type=item_get key=b status=found clsid=1 cfd=1 size=0
                type=item_get key=c status=not_found clsid=0 cfd=1 size=0
                type=item_get key=a status=found clsid=1 cfd=1 size=0
                """);
    }

    @Test
    void shouldReportDeletionsAndCommandLines() {
        ClientSession deletions = watcher(" deletions");
        ClientSession commands = watcher(" rawcmds");
        send(client, "set vfoo 0 0 4\r\nvbar\r\ndelete vfoo\r\ndelete vfoo\r\n");
        assertThat(receive(deletions)).isEqualTo("type=deleted key=vfoo cmd=delete clsid=1 size=4\n");
        assertThat(receive(commands)).isEqualTo("<1 set vfoo 0 0 4\n<1 delete vfoo\n<1 delete vfoo\n");
    }

    @Test
    void shouldEscapeControlCharactersOfCommandsAndKeys() {
        ClientSession fetchers = watcher(" fetchers");
        ClientSession commands = watcher(" rawcmds");
        send(client, "get \u001b]0;title\u0007\r\nget a\\b\r\nget \u00ff\r\n");
        assertThat(receive(commands)).isEqualTo("<1 get \\x1b]0;title\\x07\n<1 get a\\b\n<1 get \u00ff\n");
        assertThat(receive(fetchers)).contains("key=%1B%5D0%3Btitle%07 ").doesNotContain("\u001b");
    }

    @Test
    void shouldReportEvictions() {
        ClientSession watcher = watcher(" evictions");
        for (int i = 0; cache.statistics().get(Statistic.EVICTIONS) == 0; i++) {
            MemcachedOperations.set(cache, "key" + i, new byte[1000], 0, i % 2 * 500);
        }
        assertThat(receive(watcher).lines())
                .isNotEmpty()
                .allMatch(line ->
                        line.matches("type=eviction key=key\\d+ fetch=no ttl=(-1|500) la=0 clsid=12 size=1000"));
    }

    @Test
    void shouldReportOpenedAndClosedConnections() {
        ClientSession watcher = watcher(" connevents");
        ClientSession quitting = session(new CountingTransport());
        send(quitting, "quit\r\n");
        quitting.close();
        quitting.close();
        ClientSession idle = session(new CountingTransport());
        idle.closeReason(CloseReason.IDLE_TIMEOUT);
        idle.close();
        ClientSession invalid = session(new CountingTransport());
        send(invalid, "x".repeat(3000));
        invalid.close();
        ClientSession httpClient = session(new CountingTransport());
        send(httpClient, "GET / HTTP/1.1\r\n");
        httpClient.close();
        String from = " rip=127.0.0.1 rport=4711 transport=tcp ";
        assertThat(receive(watcher))
                .isEqualTo("type=conn_new" + from + "cfd=3\n"
                        + "type=conn_close" + from + "reason=normal cfd=3\n"
                        + "type=conn_new" + from + "cfd=4\n"
                        + "type=conn_close" + from + "reason=idle_timeout cfd=4\n"
                        + "type=conn_new" + from + "cfd=5\n"
                        + "type=conn_close" + from + "reason=error cfd=5\n"
                        + "type=conn_new" + from + "cfd=6\n"
                        + "type=conn_close" + from + "reason=error cfd=6\n");
    }

    @Test
    void shouldWriteTheTimeAndASequenceNumber() {
        ClientSession watcher = watcher("");
        send(client, "get a b\r\n");
        Matcher line =
                Pattern.compile("ts=(\\d+)\\.(\\d+) gid=(\\d+) type=item_get").matcher(send(watcher, ""));
        long first = 0;
        while (line.find()) {
            assertThat(Long.parseLong(line.group(1))).isEqualTo(clock.millis() / 1000);
            assertThat(Long.parseLong(line.group(3))).isEqualTo(++first);
        }
        assertThat(first).isEqualTo(2);
    }

    @Test
    void shouldWakeAWatcherOnceUntilItHasReadAllLines() {
        ClientSession watcher = watcher("");
        send(client, "get a b c\r\n");
        assertThat(wakeUps).isEqualTo(1);
        receive(watcher);
        send(client, "get a\r\nget b\r\n");
        assertThat(wakeUps).isEqualTo(2);
    }

    @Test
    void shouldSkipLinesForASlowWatcherAndReportTheirNumber() {
        ClientSession watcher = watcher("");
        String key = "#".repeat(250);
        int lookups = 1000;
        for (int i = 0; i < lookups; i++) {
            send(client, "get " + key + "\r\n");
        }
        long sent = context.watchers().linesSent();
        long skipped = context.watchers().linesSkipped();
        assertThat(sent + skipped).isEqualTo(lookups);
        assertThat(skipped).isPositive();
        assertThat(receive(watcher).lines()).hasSize((int) sent);

        send(client, "get a\r\n");

        assertThat(receive(watcher))
                .isEqualTo("skipped=" + skipped + "\ntype=item_get key=a status=not_found clsid=0 cfd=1 size=0\n");
        assertThat(send(client, "stats\r\n"))
                .contains("STAT log_watcher_skipped " + skipped + "\r\n", "STAT log_watchers 1\r\n")
                .contains("STAT log_worker_written " + (lookups + 1) + "\r\n");
    }

    @Test
    void shouldWrapAroundAtTheEndOfTheQueue() {
        ClientSession watcher = watcher("");
        String key = "k".repeat(101);
        String line = "type=item_get key=" + key + " status=not_found clsid=0 cfd=1 size=0\n";
        for (int i = 0; i < 3 * Watcher.QUEUE_LENGTH / line.length() / 100; i++) {
            for (int j = 0; j < 100; j++) {
                send(client, "get " + key + "\r\n");
            }
            assertThat(receive(watcher)).isEqualTo(line.repeat(100));
        }
    }

    @Test
    void shouldLimitTheNumberOfWatchers() {
        for (int i = 0; i < Watchers.WATCHERS_MAX; i++) {
            watcher("");
        }
        ClientSession tooMany = session(new CountingTransport());
        assertThat(send(tooMany, "watch\r\nversion\r\n"))
                .isEqualTo("WATCHER_TOO_MANY log watcher limit reached\r\nVERSION 1.6.45\r\n");
        sessions.get(3).close();
        assertThat(send(tooMany, "watch\r\n")).isEqualTo("OK\r\n");
    }

    @Test
    void shouldAcceptOnlyTheKindsOfMemcached() {
        watcher(" rawcmds evictions fetchers mutations sysevents connevents deletions proxyreqs proxyevents proxyuser");
        ClientSession other = session(new CountingTransport());
        assertThat(send(other, "watch fetchers others\r\n")).isEqualTo("ERROR\r\n");
        assertThat(send(other, "watch fetchers noreply\r\n")).isEqualTo("ERROR\r\n");
    }

    @Test
    void shouldIgnoreTheInputOfAWatcherAndNeverTreatItAsIdle() {
        ClientSession watcher = watcher("");
        assertThat(send(watcher, "get a\r\nquit\r\n")).isEmpty();
        assertThat(watcher.isIdle()).isFalse();
        assertThat(send(client, "stats conns\r\n")).contains("STAT 2:state conn_watch\r\n");
    }

    /** Counts the wake-ups. */
    private final class CountingTransport implements SessionTransport {
        @Override
        public SocketAddress remoteAddress() {
            return CLIENT;
        }

        @Override
        public SocketAddress localAddress() {
            return CLIENT;
        }

        @Override
        public long lastReadMillis() {
            return clock.millis();
        }

        @Override
        public void wakeUp() {
            wakeUps++;
        }
    }
}
