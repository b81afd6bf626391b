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

/** A server and a folsom client of one protocol, for each test anew. */
abstract class FolsomFixture<C extends MemcacheClient<String>> {
    static final int NEVER = 0;

    private static final int PATIENCE_SECONDS = 30;

    final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    EmbeddedMemcached memcached;
    C client;

    abstract C connect(MemcacheClientBuilder<String> builder);

    @BeforeEach
    void startAndConnect() throws Exception {
        memcached = EmbeddedMemcached.builder().clock(clock).start();
        client = connect(to(memcached));
        client.awaitConnected(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnectAndClose() throws Exception {
        disconnect(client);
        memcached.close();
    }

    static MemcacheClientBuilder<String> to(EmbeddedMemcached memcached) {
        return MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .withConnectionTimeoutMillis(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    }

    static void disconnect(MemcacheClient<String> client) throws Exception {
        client.shutdown();
        client.awaitFullyDisconnected(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    static <T> T await(CompletionStage<T> answer) throws ExecutionException, InterruptedException, TimeoutException {
        return answer.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
