package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.compat.InstalledProgram.Outcome;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the tools of libmemcached, on which PHP, Ruby, Perl and Python clients are based. */
class LibmemcachedToolsTest {
    private static final String DEBIAN_PACKAGE = "libmemcached-tools";
    private static final int MEMCCAPABLE_TESTS = 27; // of each protocol

    private final TestClock clock = TestClock.startingAt(Instant.parse("2030-01-01T00:00:00Z"));
    private EmbeddedMemcached memcached;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() {
        memcached = EmbeddedMemcached.builder().clock(clock).start();
    }

    @AfterEach
    void close() {
        memcached.close();
    }

    private Outcome run(String tool, String... arguments) {
        var allArguments = new ArrayList<>(List.of("--servers=" + memcached.host() + ":" + memcached.port()));
        allArguments.addAll(List.of(arguments));
        return InstalledProgram.require(tool, DEBIAN_PACKAGE).run(allArguments.toArray(String[]::new));
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-a", "-b"})
    void shouldPassMemccapable(String protocol) {
        var memccapable = InstalledProgram.require("memccapable", DEBIAN_PACKAGE);
        Outcome outcome =
                memccapable.run(protocol, "-v", "-h", memcached.host(), "-p", String.valueOf(memcached.port()));
        assertThat(outcome.output()).doesNotContain("[FAIL]").contains("All tests passed");
        assertThat(outcome.output().lines().filter(line -> line.endsWith("[pass]")))
                .hasSize(MEMCCAPABLE_TESTS);
        assertThat(outcome.exitStatus()).isZero();
    }

    @Test
    void shouldStoreAndReturnFiles() throws IOException {
        assertThat(run("memccp", "-F", "7", file("greeting", "hello"))).isEqualTo(new Outcome(0, ""));
        assertThat(run("memccat", "greeting")).isEqualTo(new Outcome(0, "hello\n"));
        assertThat(run("memccat", "-F", "greeting")).isEqualTo(new Outcome(0, "7\nhello\n"));
        assertThat(run("memccat", "nothing").exitStatus()).isEqualTo(1);
    }

    @Test
    void shouldStoreAndReturnFileOfAlmostOneMebibyte() throws IOException {
        var content = new byte[1_000_000];
        new Random(1).nextBytes(content);
        Path source = Files.write(folder.resolve("large"), content);
        assertThat(run("memccp", source.toString())).isEqualTo(new Outcome(0, ""));
        assertThat(Arrays.equals(memcached.cache().get("large"), content)).isTrue();
        Path copy = folder.resolve("copy");
        assertThat(run("memccat", "--file=" + copy, "large")).isEqualTo(new Outcome(0, ""));
        assertThat(Arrays.equals(Files.readAllBytes(copy), content)).isTrue();
    }

    @Test
    void shouldAddAndReplaceFiles() throws IOException {
        assertThat(run("memccp", "-R", file("greeting", "hello")).output()).contains("NOT STORED");
        assertThat(run("memccp", "-A", file("greeting", "hello")).exitStatus()).isZero();
        assertThat(run("memccp", "-A", file("greeting", "hullo")).output()).contains("NOT STORED");
        assertThat(run("memccp", "-R", file("greeting", "hallo")).exitStatus()).isZero();
        assertThat(run("memccat", "greeting").output()).isEqualTo("hallo\n");
    }

    @Test
    void shouldReportExistingAndRemovedKeys() throws IOException {
        run("memccp", file("greeting", "hello"));
        assertThat(run("memcexist", "greeting").exitStatus()).isZero();
        assertThat(run("memcexist", "nothing").exitStatus()).isEqualTo(1);
        assertThat(run("memcrm", "greeting").exitStatus()).isZero();
        assertThat(run("memcrm", "greeting").exitStatus()).isEqualTo(1);
        assertThat(run("memcexist", "greeting").exitStatus()).isEqualTo(1);
    }

    @Test
    void shouldTouchAndExpire() throws IOException {
        run("memccp", "-e", "10", file("greeting", "hello"));
        assertThat(run("memctouch", "-e", "30", "greeting").exitStatus()).isZero();
        assertThat(run("memctouch", "-e", "30", "nothing").exitStatus()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(29));
        assertThat(run("memcexist", "greeting").exitStatus()).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(run("memcexist", "greeting").exitStatus()).isEqualTo(1);
    }

    @Test
    void shouldFlushImmediatelyAndAfterDelay() throws IOException {
        run("memccp", file("greeting", "hello"));
        assertThat(run("memcflush").exitStatus()).isZero();
        assertThat(run("memcexist", "greeting").exitStatus()).isEqualTo(1);
        run("memccp", file("greeting", "hello"));
        assertThat(run("memcflush", "-e", "10").exitStatus()).isZero();
        assertThat(run("memcexist", "greeting").exitStatus()).isZero();
        clock.advance(Duration.ofSeconds(11));
        assertThat(run("memcexist", "greeting").exitStatus()).isEqualTo(1);
    }

    @Test
    void shouldReplyToPingVersionAndStatistics() throws IOException {
        assertThat(run("memcping")).isEqualTo(new Outcome(0, ""));
        assertThat(run("memcstat", "-S").output()).contains("1.6.");
        run("memccp", file("greeting", "hello"));
        assertThat(run("memcstat").output()).contains("curr_items: 1\n", "cmd_set: 1\n");
        assertThat(run("memcstat", "settings").output()).contains("maxconns: 1024\n", "cas_enabled: yes\n");
    }

    @Test
    void shouldListKeysAndReturnStatisticsGroups() throws IOException {
        run("memccp", file("greeting", "hello"), file("farewell", "bye"));
        assertThat(run("memcdump").output().lines()).containsExactlyInAnyOrder("greeting", "farewell");
        assertThat(run("memcstat", "items").output()).contains("items:1:number: 2\n");
        assertThat(run("memcstat", "slabs").output()).contains("1:used_chunks: 2\n", "active_slabs: 1\n");
        assertThat(run("memcstat", "sizes").output()).contains("sizes_status: disabled\n");
        assertThat(run("memcstat", "conns").output())
                .contains("addr: tcp:127.0.0.1:" + memcached.port() + "\n", "state: conn_parse_cmd\n");
        assertThat(run("memcstat", "--analyze").exitStatus()).isZero();
    }

    @Test
    void shouldSupportToolsOverBinaryProtocol() throws IOException {
        assertThat(run("memccp", "--binary", "-F", "7", file("greeting", "hello")))
                .isEqualTo(new Outcome(0, ""));
        assertThat(run("memccat", "--binary", "-F", "greeting")).isEqualTo(new Outcome(0, "7\nhello\n"));
        assertThat(run("memccat", "-F", "greeting")).isEqualTo(new Outcome(0, "7\nhello\n"));
        assertThat(run("memcexist", "--binary", "greeting").exitStatus()).isZero();
        assertThat(run("memctouch", "--binary", "-e", "30", "greeting").exitStatus())
                .isZero();
        assertThat(run("memcrm", "--binary", "greeting").exitStatus()).isZero();
        assertThat(run("memccat", "--binary", "greeting").exitStatus()).isEqualTo(1);
        run("memccp", "--binary", file("greeting", "hello"));
        assertThat(run("memcstat", "--binary").output()).contains("curr_items: 1\n", "total_items: 2\n");
        assertThat(run("memcflush", "--binary").exitStatus()).isZero();
        assertThat(run("memccat", "--binary", "greeting").exitStatus()).isEqualTo(1);
    }
}
