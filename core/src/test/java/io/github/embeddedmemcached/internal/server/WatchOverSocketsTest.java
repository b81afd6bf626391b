package io.github.embeddedmemcached.internal.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.Engines;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests that events of a connection are reported to watchers on other connections, also of other threads. */
@Timeout(60)
class WatchOverSocketsTest {
    private static final InetSocketAddress FREE_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int CONNECTIONS = 4;

    @AutoClose
    private final SocketServer server = SocketServer.bind(
            new Endpoints(List.of(new Endpoints.Tcp(FREE_PORT, true)), List.of(FREE_PORT), null, 100));

    private final Cache cache = Cache.builder().memoryLimitBytes(8 << 20).build();

    WatchOverSocketsTest() throws IOException {}

    @BeforeEach
    void serve() throws IOException {
        ServerSettings settings = ServerSettings.defaults().with(ServerOption.THREADS, 2);
        server.serve(new ServerContext(Engines.of(cache), settings, Clock.systemUTC()), 0, null);
    }

    private SocketClient connect() throws IOException {
        return SocketClient.connect(server.address());
    }

    private static BufferedReader lines(SocketClient client) throws IOException {
        return new BufferedReader(new InputStreamReader(client.input(), StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldReportCommandsOfOtherConnections() throws IOException {
        try (SocketClient watcher = connect()) {
            watcher.send("watch fetchers mutations\r\n").expect("OK\r\n");
            BufferedReader log = lines(watcher);
            for (int i = 0; i < CONNECTIONS; i++) { // on the watcher's thread and on the other one
                try (SocketClient client = connect()) {
                    client.send("set key" + i + " 0 0 1\r\n1\r\n").expect("STORED\r\n");
                    assertThat(log.readLine()).contains(" type=item_get key=key" + i + " status=not_found ");
                    assertThat(log.readLine()).contains(" type=item_store key=key" + i + " status=stored cmd=set ");
                }
            }
        }
    }

    @Test
    void shouldListSocketsAndConnections() throws IOException {
        try (SocketClient other = connect();
                SocketClient client = connect()) {
            other.send("set a 0 0 5\r\nab");
            BufferedReader reply = lines(client);
            Eventually.eventually(
                    "the command of the other connection is listed",
                    () -> conns(client, reply).contains("conn_nread"));
            String address = "127.0.0.1:" + server.address().getPort();
            assertThat(conns(client, reply))
                    .startsWith("STAT 1:addr tcp:" + address + "\nSTAT 1:state conn_listening\n")
                    .contains("STAT 2:UDP UDP\nSTAT 2:addr udp:" + address + "\nSTAT 2:state conn_read\n")
                    .containsPattern("STAT \\d+:addr tcp:127.0.0.1:\\d+\n" + "STAT \\d+:listen_addr tcp:" + address
                            + "\nSTAT \\d+:state conn_parse_cmd\n");
        }
    }

    private static String conns(SocketClient client, BufferedReader reply) {
        StringBuilder conns = new StringBuilder();
        try {
            client.send("stats conns\r\n");
            for (String line = reply.readLine(); !line.equals("END"); line = reply.readLine()) {
                conns.append(line).append('\n');
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return conns.toString();
    }

    @Test
    void shouldReportConnections() throws IOException {
        try (SocketClient watcher = connect()) {
            watcher.send("watch connevents\r\n").expect("OK\r\n");
            BufferedReader log = lines(watcher);
            connect().close();
            assertThat(log.readLine())
                    .matches("ts=\\d+\\.\\d+ gid=\\d+ type=conn_new rip=127.0.0.1 rport=\\d+ transport=tcp cfd=\\d+");
            assertThat(log.readLine())
                    .matches("ts=.* type=conn_close rip=127.0.0.1 rport=\\d+ transport=tcp reason=normal cfd=\\d+");
        }
    }

    @Test
    void shouldReportEvictions() throws IOException {
        try (SocketClient watcher = connect();
                SocketClient client = connect()) {
            watcher.send("watch evictions\r\n").expect("OK\r\n");
            for (int i = 0; i < 10; i++) {
                StringBuilder sets = new StringBuilder();
                for (int j = 0; j < 2000; j++) {
                    sets.append("set key").append(i * 2000 + j).append(" 0 0 1000 noreply\r\n");
                    sets.append("x".repeat(1000)).append("\r\n");
                }
                client.send(sets.toString());
            }
            client.send("version\r\n").expect("VERSION 1.6.45\r\n");
            assertThat(lines(watcher).readLine())
                    .matches(
                            "ts=\\d+\\.\\d+ gid=\\d+ type=eviction key=key\\d+ fetch=no ttl=-1 la=\\d+ clsid=12 size=1000");
        }
    }

    @Test
    void shouldSkipLinesForAWatcherThatDoesNotRead() throws IOException {
        try (SocketClient watcher = SocketClient.connectWithSmallBuffer(server.address());
                SocketClient client = connect()) {
            watcher.send("watch\r\n").expect("OK\r\n");
            String key = "#".repeat(250);
            String request = ("get " + key + "\r\n").repeat(100);
            for (int i = 0; i < 300; i++) {
                client.send(request).expect("END\r\n".repeat(100));
            }
            BufferedReader log = lines(watcher);
            String line = "";
            for (int i = 0; !line.startsWith("skipped="); i++) {
                if (i % 100 == 0) { // the number of skipped lines is reported before the next line that fits
                    client.send("get last\r\n").expect("END\r\n");
                }
                line = log.readLine();
            }
            assertThat(line).matches("skipped=[1-9]\\d*");
            assertThat(log.readLine()).matches("ts=\\d+\\.\\d+ gid=\\d+ type=item_get key=.*");
        }
    }

    @Test
    void shouldRemoveAWatcherThatDisconnects() throws IOException {
        try (SocketClient client = connect()) {
            for (int i = 0; i < 3; i++) {
                try (SocketClient watcher = connect()) {
                    watcher.send("watch\r\n").expect("OK\r\n");
                }
            }
            BufferedReader replies = lines(client);
            Eventually.eventually("there are no watchers", () -> {
                try {
                    client.send("stats\r\n");
                    boolean hasNone = false;
                    for (String line = replies.readLine(); !line.equals("END"); line = replies.readLine()) {
                        hasNone |= line.equals("STAT log_watchers 0");
                    }
                    return hasNone;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
        }
    }
}
