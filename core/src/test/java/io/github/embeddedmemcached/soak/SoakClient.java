package io.github.embeddedmemcached.soak;

import com.spotify.folsom.ConnectFuture;
import com.spotify.folsom.MemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheStatus;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.StoreResult;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.MemcachedClientBuilder;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.transcoders.BaseSerializingTranscoder;
import net.rubyeye.xmemcached.transcoders.SerializingTranscoder;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;
import org.jspecify.annotations.Nullable;

/** The operations of the soak test, implemented by several clients. Not thread-safe. */
interface SoakClient {
    /** The time after which an operation fails. */
    Duration TIMEOUT = Duration.ofSeconds(1);

    /** A compression threshold that disables compression, so that values are stored unchanged. */
    int NO_COMPRESSION = Integer.MAX_VALUE;

    /**
     * Stores a value.
     *
     * @return whether the server has confirmed it; if false, the value may have been stored or may be stored later
     */
    boolean set(String key, byte[] value) throws Exception;

    /** Returns a value, or null if there is none. */
    byte @Nullable [] get(String key) throws Exception;

    /** Disconnects. */
    void close() throws Exception;

    static SoakClient spymemcached(EmbeddedMemcached memcached, ConnectionFactoryBuilder.Protocol protocol)
            throws IOException {
        var transcoder = new net.spy.memcached.transcoders.SerializingTranscoder();
        transcoder.setCompressionThreshold(NO_COMPRESSION);
        MemcachedClient client = new MemcachedClient(
                new ConnectionFactoryBuilder()
                        .setProtocol(protocol)
                        .setOpTimeout(TIMEOUT.toMillis())
                        .setTimeoutExceptionThreshold(10)
                        .setMaxReconnectDelay(1)
                        .setFailureMode(FailureMode.Cancel)
                        .setTranscoder(transcoder)
                        .build(),
                List.of(memcached.address()));
        return new SoakClient() {
            @Override
            public boolean set(String key, byte[] value) throws Exception {
                return client.set(key, 0, value).get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            }

            @Override
            public byte @Nullable [] get(String key) {
                return (byte[]) client.get(key);
            }

            @Override
            public void close() {
                client.shutdown();
            }
        };
    }

    static SoakClient xmemcached(EmbeddedMemcached memcached) throws IOException {
        MemcachedClientBuilder builder = new XMemcachedClientBuilder(List.of(memcached.address()));
        BaseSerializingTranscoder transcoder = new SerializingTranscoder();
        transcoder.setCompressionThreshold(NO_COMPRESSION);
        builder.setTranscoder((SerializingTranscoder) transcoder);
        builder.setOpTimeout(TIMEOUT.toMillis());
        builder.setHealSessionInterval(100);
        var client = builder.build();
        return new SoakClient() {
            @Override
            public boolean set(String key, byte[] value) throws Exception {
                return client.set(key, 0, value);
            }

            @Override
            public byte @Nullable [] get(String key) throws Exception {
                return client.get(key);
            }

            @Override
            public void close() throws IOException {
                client.shutdown();
            }
        };
    }

    static SoakClient folsom(EmbeddedMemcached memcached) throws Exception {
        MemcacheClient<byte[]> client = MemcacheClientBuilder.newByteArrayClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(TIMEOUT.toMillis())
                .withMaxSetLength(1 << 20)
                .connectBinary();
        ConnectFuture.connectFuture(client).toCompletableFuture().get(TIMEOUT.toSeconds() * 20, TimeUnit.SECONDS);
        return new SoakClient() {
            @Override
            public boolean set(String key, byte[] value) throws Exception {
                return client.set(key, value, 0)
                                .toCompletableFuture()
                                .get(2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        == MemcacheStatus.OK;
            }

            @Override
            public byte @Nullable [] get(String key) throws Exception {
                return client.get(key).toCompletableFuture().get(2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
            }

            @Override
            public void close() throws Exception {
                client.shutdown();
                client.awaitFullyDisconnected(TIMEOUT.toSeconds() * 20, TimeUnit.SECONDS);
            }
        };
    }

    static SoakClient inProcess(EmbeddedMemcached memcached) {
        return new SoakClient() {
            @Override
            public boolean set(String key, byte[] value) {
                return memcached.cache().set(key, value) == StoreResult.STORED;
            }

            @Override
            public byte @Nullable [] get(String key) {
                return memcached.cache().get(key);
            }

            @Override
            public void close() {
                // there is no connection
            }
        };
    }
}
