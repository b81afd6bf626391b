package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.compat.InstalledProgram.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests Python's pymemcache: a short introductory script, and all of its commands. */
class PymemcacheTest {
    @AutoClose
    private final EmbeddedMemcached memcached = EmbeddedMemcached.start();

    @TempDir
    private Path folder;

    private Outcome run(String script) throws IOException {
        var python = InstalledProgram.requirePythonWith("pymemcache", "python3-pymemcache");
        return python.runScript(folder, script, memcached.port());
    }

    @Test
    void shouldExecuteTheIntroductoryScript() throws IOException {
        Outcome outcome = run("walkthrough.py");
        assertThat(outcome.output()).isEqualTo("""
                b'some value'
                b'some value'
                True
                b'another value'
                """);
        assertThat(outcome.exitStatus()).isZero();
    }

    @Test
    void shouldExecuteAllCommands() throws IOException {
        assertThat(run("session.py")).isEqualTo(new Outcome(0, "all commands executed\n"));
    }
}
