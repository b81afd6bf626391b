package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.compat.InstalledProgram.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests PHP's memcached extension, which is based on libmemcached. */
class PhpMemcachedTest {
    @TempDir
    private Path folder;

    private Outcome run(EmbeddedMemcachedBuilder builder, String... arguments) throws IOException {
        var php = InstalledProgram.require("php", "php-cli php-memcached");
        try (EmbeddedMemcached memcached = builder.start()) {
            return php.runScript(folder, "session.php", memcached.port(), arguments);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "binary"})
    void shouldExecuteAllCommands(String protocol) throws IOException {
        assertThat(run(EmbeddedMemcached.builder(), protocol)).isEqualTo(new Outcome(0, "all commands executed\n"));
    }

    @Test
    void shouldAuthenticate() throws IOException {
        assertThat(run(EmbeddedMemcached.builder().user("alice", "secret"), "binary", "alice", "secret"))
                .isEqualTo(new Outcome(0, "authenticated\n"));
    }
}
