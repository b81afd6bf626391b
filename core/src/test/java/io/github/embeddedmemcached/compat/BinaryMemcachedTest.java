package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.compat.InstalledProgram.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests Python's python-binary-memcached, which only supports the binary protocol. */
class BinaryMemcachedTest {
    @TempDir
    private Path folder;

    private Outcome run(EmbeddedMemcachedBuilder builder, String... arguments) throws IOException {
        var python = InstalledProgram.requirePythonWith("bmemcached", "python3-binary-memcached");
        try (EmbeddedMemcached memcached = builder.start()) {
            return python.runScript(folder, "binary.py", memcached.port(), arguments);
        }
    }

    @Test
    void shouldExecuteAllCommands() throws IOException {
        assertThat(run(EmbeddedMemcached.builder())).isEqualTo(new Outcome(0, "all commands executed\n"));
    }

    @Test
    void shouldAuthenticate() throws IOException {
        assertThat(run(EmbeddedMemcached.builder().user("alice", "secret"), "alice", "secret"))
                .isEqualTo(new Outcome(0, "authenticated\n"));
    }
}
