package io.github.embeddedmemcached.compat;

import com.spotify.folsom.MemcacheClient;
import com.spotify.folsom.MemcacheClientBuilder;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.TestClock;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server and a folsom client, started for each test. */
abstract class FolsomFixture<C extends MemcacheClient<String>> {
    static final int NEVER = 0; // exptime

    private static final int TIMEOUT_SECONDS = 30;

    final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    EmbeddedMemcached memcached;
    C client;

    abstract C connect(MemcacheClientBuilder<String> builder);

    @BeforeEach
    void startAndConnect() throws Exception {
        memcached = EmbeddedMemcached.builder().clock(clock).start();
        client = connect(builder(memcached));
        client.awaitConnected(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnectAndClose() throws Exception {
        disconnect(client);
        memcached.close();
    }

    static MemcacheClientBuilder<String> builder(EmbeddedMemcached memcached) {
        return MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(TimeUnit.SECONDS.toMillis(TIMEOUT_SECONDS));
    }

    static void disconnect(MemcacheClient<String> client) throws Exception {
        client.shutdown();
        client.awaitFullyDisconnected(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    static <T> T await(CompletionStage<T> reply) throws ExecutionException, InterruptedException, TimeoutException {
        return reply.toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
}
