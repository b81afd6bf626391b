package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Statistic;
import io.github.embeddedmemcached.protocol.ProtocolSessions;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.spy.memcached.BinaryConnectionFactory;
import net.spy.memcached.CASResponse;
import net.spy.memcached.ConnectionFactory;
import net.spy.memcached.DefaultConnectionFactory;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Serves a cache over Netty instead of the library's own listener. */
class NettyServerTest {
    private final EventLoopGroup eventLoops = new NioEventLoopGroup(1);
    private final Cache cache = Cache.builder().build();
    private final ProtocolSessions sessions = ProtocolSessions.builder(cache).build();
    private InetSocketAddress address;

    @BeforeEach
    void startServer() throws Exception {
        Channel server = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new NettyMemcachedHandler(sessions));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .sync()
                .channel();
        address = (InetSocketAddress) server.localAddress();
    }

    @AfterEach
    void stopServer() throws Exception {
        eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        sessions.close();
        cache.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldExecuteTheCommandsOfAClient(boolean binary) throws Exception {
        ConnectionFactory protocol = binary ? new BinaryConnectionFactory() : new DefaultConnectionFactory();
        MemcachedClient client = new MemcachedClient(protocol, List.of(address));
        try {
            assertThat(client.set("key", 0, "value").get()).isTrue();
            assertThat(client.get("key")).isEqualTo("value");
            assertThat(cache.get("key")).isEqualTo("value".getBytes(StandardCharsets.UTF_8));
            assertThat(client.add("key", 0, "other").get()).isFalse();
            assertThat(client.append("key", "!").get()).isTrue();
            long casUnique = client.gets("key").getCas();
            assertThat(client.cas("key", casUnique, "changed")).isEqualTo(CASResponse.OK);
            assertThat(client.cas("key", casUnique, "late")).isEqualTo(CASResponse.EXISTS);
            assertThat(client.incr("counter", 5, 40)).isEqualTo(40);
            assertThat(client.incr("counter", 5)).isEqualTo(45);
            assertThat(client.getBulk("key", "counter", "missing")).containsOnlyKeys("key", "counter");
            assertThat(client.touch("key", 100).get()).isTrue();
            assertThat(client.delete("key").get()).isTrue();
            assertThat(client.get("key")).isNull();
            byte[] large = new byte[600_000];
            assertThat(client.set("large", 0, large).get()).isTrue();
            assertThat(client.get("large")).isEqualTo(large);
            assertThat(client.flush().get()).isTrue();
            assertThat(client.get("large")).isNull();
            Map<String, String> statistics =
                    client.getStats().values().iterator().next();
            assertThat(statistics).containsEntry("curr_connections", "1").containsEntry("cmd_touch", "1");
            assertThat(cache.statistics().get(Statistic.CMD_TOUCH)).isEqualTo(1);
        } finally {
            client.shutdown();
        }
    }

    @Test
    void shouldSendEventsToAWatcherWithoutFurtherInput() throws IOException {
        try (Socket watcher = new Socket(address.getAddress(), address.getPort());
                Socket other = new Socket(address.getAddress(), address.getPort())) {
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(watcher.getInputStream(), StandardCharsets.US_ASCII));
            watcher.getOutputStream().write("watch mutations\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(lines.readLine()).isEqualTo("OK");
            other.getOutputStream().write("set k 0 0 1\r\nv\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(lines.readLine()).contains("type=item_store").contains("key=k");
        }
    }

    @Test
    void shouldReplyToRequestsThatArriveInPieces() throws IOException {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setTcpNoDelay(true);
            for (byte b : "set k 0 0 3\r\nabc\r\nget k\r\nquit\r\n".getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(b);
            }
            assertThat(socket.getInputStream().readAllBytes())
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("STORED\r\nVALUE k 0 3\r\nabc\r\nEND\r\n");
        }
    }
}
