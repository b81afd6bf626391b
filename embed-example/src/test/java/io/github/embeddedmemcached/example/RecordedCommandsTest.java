package io.github.embeddedmemcached.example;

import static io.github.embeddedmemcached.testing.CommandMatcher.command;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.protocol.Command;
import java.time.Duration;
import net.spy.memcached.MemcachedClient;
import org.junit.jupiter.api.Test;

/** Checks the commands that the catalog sends. */
class RecordedCommandsTest {
    @Test
    void shouldCacheAProductForTenMinutes() throws Exception {
        try (var memcached = EmbeddedMemcached.builder().recordCommands(1000).start()) {
            var client = new MemcachedClient(memcached.address());

            new ProductCatalog(client, id -> "Teapot").name(7);

            var set = memcached.recording().takeCommand(command("set"), Duration.ofSeconds(30));
            assertThat(set).extracting(Command::key, Command::exptimeSeconds).containsExactly("product:7", 600L);
            assertThat(memcached.recording().commands(command("get"))).hasSize(1);
            client.shutdown();
        }
    }
}
