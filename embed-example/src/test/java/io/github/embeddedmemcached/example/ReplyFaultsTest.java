package io.github.embeddedmemcached.example;

import static io.github.embeddedmemcached.example.Retries.retry;
import static io.github.embeddedmemcached.testing.CommandMatcher.anyCommand;
import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.spotify.folsom.MemcacheClientBuilder;
import com.spotify.folsom.MemcacheClosedException;
import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.testing.Fault;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.rubyeye.xmemcached.XMemcachedClientBuilder;
import net.rubyeye.xmemcached.exception.MemcachedServerException;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The reactions of clients to errors, truncated replies and evicted items. */
class ReplyFaultsTest {
    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @Test
    void shouldQueryTheDatabaseAfterEviction() throws Exception {
        var client = new MemcachedClient(memcached.address());
        var catalog = new ProductCatalog(client, id -> "Teapot from the database");
        client.set("product:7", 0, "Teapot from the cache").get();
        assertThat(catalog.name(7)).isEqualTo("Teapot from the cache");

        memcached.faults().on(anyCommand().key("product:7")).once().inject(Fault.evictItem());

        assertThat(catalog.name(7)).isEqualTo("Teapot from the database");
        client.shutdown();
    }

    @Test
    void shouldThrowIfMemoryIsFull() throws Exception {
        var client = new XMemcachedClientBuilder(List.of(memcached.address())).build();
        memcached.faults().on(command("set")).once().inject(Fault.outOfMemory());

        assertThatThrownBy(() -> client.set("product:7", 0, "Teapot"))
                .isInstanceOf(MemcachedServerException.class)
                .hasMessageContaining("out of memory");
        assertThat(client.set("product:7", 0, "Teapot")).isTrue();
        client.shutdown();
    }

    @Test
    void shouldReconnectAfterATruncatedReply() throws Exception {
        var client = MemcacheClientBuilder.newStringClient()
                .withAddress(memcached.host(), memcached.port())
                .connectAscii();
        client.awaitConnected(30, TimeUnit.SECONDS);
        memcached.cache().set("product:7", "Teapot".getBytes());
        memcached.faults().on(anyCommand()).once().inject(Fault.closeAfter(10)); // VALUE prod

        var future = client.get("product:7").toCompletableFuture();
        assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(MemcacheClosedException.class);

        assertThat(retry(() -> client.get("product:7"))).isEqualTo("Teapot");
        client.shutdown();
    }
}
