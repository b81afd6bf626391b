package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.CommandLine.Action;
import io.github.embeddedmemcached.server.SocketClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private static CommandLine parse(String arguments) {
        return CommandLine.parse(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    }

    private Main.Outcome start(String arguments) {
        return Main.start(
                parse(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void shouldListenOnMemcachedsPortAndLoopbackByDefault() {
        CommandLine line = parse("");
        assertThat(line.action()).isEqualTo(Action.SERVE);
        assertThat(line.port()).isEqualTo(11211);
        assertThat(line.bindAddress().isLoopbackAddress()).isTrue();
        assertThat(line.verbosity()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-p 4711",
                "-p4711",
                "--port 4711",
                "--port=4711",
                "--po=4711",
                "-vp 4711",
                "-Mvp4711",
                "-l *:4711"
            })
    void shouldTakeAnOptionInEveryFormOfGetopt(String arguments) {
        CommandLine line = parse(arguments);
        assertThat(line.action()).as(line.message()).isEqualTo(Action.SERVE);
        assertThat(line.port()).isEqualTo(4711);
    }

    @ParameterizedTest
    @CsvSource({
        "-v, 1",
        "-vv, 2",
        "-vvv, 3",
        "-vvvv, 3",
        "-v -v, 2",
        "--verbose --verb, 2",
        "-vMv, 2",
    })
    void shouldCountHowVerboseItIsToBe(String arguments, int verbosity) {
        assertThat(parse(arguments).verbosity()).isEqualTo(verbosity);
    }

    @ParameterizedTest
    @CsvSource({
        "-l 127.0.0.1, 127.0.0.1, 11211",
        "-l 127.0.0.1:99, 127.0.0.1, 99",
        "--listen=0.0.0.0, 0.0.0.0, 11211",
        "-l *, 0.0.0.0, 11211",
        "-l ::1, 0:0:0:0:0:0:0:1, 11211",
        "-l [::1], 0:0:0:0:0:0:0:1, 11211",
        "-l [::1]:99, 0:0:0:0:0:0:0:1, 99",
        "-l 127.0.0.1:99 -p 98, 127.0.0.1, 99",
    })
    void shouldTakeAnAddressWithAndWithoutPort(String arguments, String address, int port) {
        CommandLine line = parse(arguments);
        assertThat(line.bindAddress().getHostAddress()).isEqualTo(address);
        assertThat(line.port()).isEqualTo(port);
    }

    /** The statuses are memcached's, but for what its atoi takes for zero. */
    @ParameterizedTest
    @CsvSource({
        "-p 99999, 64, invalid port number: \"99999\"",
        "-p abc, 64, invalid port number: \"abc\"",
        "-p -2, 64, invalid port number: \"-2\"",
        "-m abc, 64, 'the memory limit (-m) must be megabytes, at least 1: \"abc\"'",
        "-m 0, 64, 'the memory limit (-m) must be megabytes, at least 1: \"0\"'",
        "-m 99999999999, 64, 'the memory limit (-m) must be megabytes, at least 1: \"99999999999\"'",
        "-t 0, 1, 'the number of threads (-t) must be greater than 0, and at most 1024: \"0\"'",
        "-t x, 1, 'the number of threads (-t) must be greater than 0, and at most 1024: \"x\"'",
        "-c 0, 1, the maximum of connections (-c) must be greater than 0: \"0\"",
        "-I 1, 64, the item size limit (-I) cannot be less than 1024 bytes",
        "-I 1023, 64, the item size limit (-I) cannot be less than 1024 bytes",
        "-I 1025m -m 4000, 64, the item size limit (-I) cannot be higher than a gigabyte",
        "-I 33m, 64, the item size limit (-I) cannot be higher than 1/2 of the memory limit (-m)",
        "-I 1g, 64, 'the item size limit (-I) must be bytes, or end in k or m: \"1g\"'",
        "-l 127.0.0.1:abc, 71, invalid port number: \"abc\"",
        "-l :99, 71, no address to listen on (-l): \":99\"",
        "'-l 127.0.0.1,127.0.0.2', 64, 'only one address can be listened on (-l): \"127.0.0.1,127.0.0.2\"'",
        "-l nosuchhost.invalid, 71, unknown address to listen on (-l): \"nosuchhost.invalid\"",
        "-U 11211, 64, 'UDP (-U) isn''t served: it must be 0, off: \"11211\"'",
        "-y, 1, unrecognized option -y",
        "-My, 1, unrecognized option -y",
        "--bogus, 1, unrecognized option --bogus",
        "--ver, 1, ambiguous option --ver",
        "--version=1, 1, option --version doesn't take a value",
        "-p, 1, option -p requires a value",
        "--port, 1, option --port requires a value",
        "extra, 1, unexpected argument \"extra\"",
    })
    void shouldRefuseWhatMakesNoSense(String arguments, int exitStatus, String message) {
        CommandLine line = parse(arguments);
        assertThat(line.action()).isEqualTo(Action.REFUSE);
        assertThat(line.message()).isEqualTo(message);
        assertThat(line.exitStatus()).isEqualTo(exitStatus);
    }

    @Test
    void shouldSayWhatIsWrongAndWhereHelpIs() {
        Main.Outcome outcome = start("-I 1");
        assertThat(outcome.exitStatus()).isEqualTo(64);
        assertThat(err.toString(StandardCharsets.UTF_8).strip())
                .isEqualTo("embedded-memcached: the item size limit (-I) cannot be less than 1024 bytes"
                        + " (-h lists the options)");
        assertThat(out.size()).isZero();
    }

    @Test
    void shouldShowVersionAndHelp() {
        assertThat(start("-V").exitStatus()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("memcached 1.6.");
        out.reset();
        assertThat(start("--help").exitStatus()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--max-item-size", "--disable-evictions");
        assertThat(err.size()).isZero();
    }

    @Test
    void shouldServeAndSayWhereWhenThePortWasChosenFreely() throws IOException {
        Main.Outcome outcome = start("-p -1 -m 2 -M -c 10 -t 1 -I 4k -U 0 -u nobody");
        try (EmbeddedMemcached memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(memcached.address())) {
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .startsWith("embedded-memcached: listening on 127.0.0.1 port " + memcached.port());
            assertThat(memcached.cache().itemSizeMaxBytes()).isEqualTo(4096);
            client.send("set k 0 0 5000\r\n" + "x".repeat(5000) + "\r\n")
                    .expect("SERVER_ERROR object too large for cache\r\n");
        }
    }

    @Test
    void shouldSayThatThePortIsTaken() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            Main.Outcome outcome = start("-p " + other.port());
            assertThat(outcome.server()).isNull();
            assertThat(outcome.exitStatus()).isEqualTo(71);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .startsWith("embedded-memcached: cannot listen on 127.0.0.1 port " + other.port() + ": ");
        }
    }

    @Test
    void shouldTraceWhatIsSaidWhenVeryVerbose() throws IOException {
        Main.Outcome outcome = start("-p -1 -vv");
        try (EmbeddedMemcached memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(memcached.address())) {
            client.send("get some_key\r\n").expect("END\r\n");
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("get some_key");
        }
    }
}
