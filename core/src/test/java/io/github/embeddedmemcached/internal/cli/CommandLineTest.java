package io.github.embeddedmemcached.internal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.internal.cli.CommandLine.Action;
import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.MemcachedServers;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private static CommandLine parse(String arguments) {
        return CommandLine.parse(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    }

    private static InetSocketAddress tcp(CommandLine line) {
        return line.endpoints().tcp().get(0).address();
    }

    private Main.Outcome start(String arguments) {
        return Main.start(
                parse(arguments),
                null,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void shouldListenOnMemcachedsPortAndLoopbackByDefault() {
        CommandLine line = parse("");
        assertThat(line.action()).isEqualTo(Action.SERVE);
        assertThat(tcp(line).getPort()).isEqualTo(11211);
        assertThat(tcp(line).getAddress().isLoopbackAddress()).isTrue();
        assertThat(line.endpoints().udp()).isEmpty();
        assertThat(line.endpoints().unixSocket()).isNull();
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
    void shouldAcceptOptionInAllFormsOfGetopt(String arguments) {
        CommandLine line = parse(arguments);
        assertThat(line.action()).as(line.message()).isEqualTo(Action.SERVE);
        assertThat(tcp(line).getPort()).isEqualTo(4711);
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
    void shouldCountVerbosityOptions(String arguments, int verbosity) {
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
    void shouldAcceptAddressWithAndWithoutPort(String arguments, String address, int port) {
        CommandLine line = parse(arguments);
        assertThat(tcp(line).getAddress().getHostAddress()).isEqualTo(address);
        assertThat(tcp(line).getPort()).isEqualTo(port);
    }

    /** The exit statuses are memcached's, except for values that its atoi converts to 0. */
    @ParameterizedTest
    @CsvSource({
        "-p 99999, 64, invalid port number: \"99999\"",
        "-p abc, 64, invalid port number: \"abc\"",
        "-p -2, 64, invalid port number: \"-2\"",
        "-m abc, 64, 'the memory limit (-m) must be a number of megabytes, from 1 to the memory of the machine: \"abc\"'",
        "-m 0, 64, 'the memory limit (-m) must be a number of megabytes, from 1 to the memory of the machine: \"0\"'",
        "-m 99999999999, 64, 'the memory limit (-m) must be a number of megabytes, from 1 to the memory of the machine: \"99999999999\"'",
        "-t 0, 1, 'the number of threads (-t) must be greater than 0, and at most 1024: \"0\"'",
        "-t x, 1, 'the number of threads (-t) must be greater than 0, and at most 1024: \"x\"'",
        "-c 0, 1, the maximum number of connections (-c) must be greater than 0: \"0\"",
        "-c 99999999999, 1, 'the maximum number of connections (-c) must be greater than 0, and at most 2147483647: \"99999999999\"'",
        "-o idle_timeout=2147483648, 1, 'idle_timeout (-o) must be a number of seconds, and at most 2147483647: \"2147483648\"'",
        "-I 1, 64, the item size limit (-I) cannot be less than 1024 bytes",
        "-I 1023, 64, the item size limit (-I) cannot be less than 1024 bytes",
        "-I 1025m -m 4000, 64, the item size limit (-I) cannot be higher than 1024 megabytes",
        "-I 33m, 64, the item size limit (-I) cannot be higher than 1/2 of the memory limit (-m)",
        "-I 1g, 64, 'the item size limit (-I) must be a number of bytes, with or without the suffix k or m: \"1g\"'",
        "-l 127.0.0.1:abc, 71, invalid port number: \"abc\"",
        "-l :99, 71, missing address (-l): \":99\"",
        "'-l 127.0.0.1,', 71, 'missing address (-l): \"\"'",
        "'-l 127.0.0.1,notls:127.0.0.2', 71, notls: (-l) is valid only if TLS (-Z) is enabled",
        "-l proto[foo]:127.0.0.1, 71, 'the protocol of an address (-l) must be ascii, binary or negotiating: \"proto[foo]:127.0.0.1\"'",
        "-l proto[ascii:127.0.0.1, 71, 'the prefix of an address (-l) must be proto[...]: or tag[...]:: \"proto[ascii:127.0.0.1\"'",
        "-l proto[ascii]127.0.0.1, 71, 'the prefix of an address (-l) must be proto[...]: or tag[...]:: \"proto[ascii]127.0.0.1\"'",
        "-l tag[]:127.0.0.1, 71, 'the tag of an address (-l) must have 1 to 8 characters: \"tag[]:127.0.0.1\"'",
        "-l tag[123456789]:127.0.0.1, 71, 'the tag of an address (-l) must have 1 to 8 characters: \"tag[123456789]:127.0.0.1\"'",
        "-l nosuchhost.invalid, 71, unknown address (-l): \"nosuchhost.invalid\"",
        "-U 99999, 64, invalid port number: \"99999\"",
        "-a 999, 64, 'the access mask (-a) must be octal, and at most 777: \"999\"'",
        "-a 7777, 64, 'the access mask (-a) must be octal, and at most 777: \"7777\"'",
        "-b x, 1, the backlog (-b) must be a number: \"x\"",
        "-B foo, 64, 'the protocol (-B) must be auto, binary, or ascii: \"foo\"'",
        "-R 0, 1, the number of requests per event (-R) must be greater than 0: \"0\"",
        "-S -B ascii, 64, the text protocol (-B ascii) can't be combined with SASL (-S)",
        "-S -U 1234, 64, 'UDP (-U) can''t be combined with authentication (-S, -Y)'",
        "-Z, 64, TLS (-Z) needs a certificate: -o ssl_chain_cert=<file>",
        "-o read_buf_mem_limit=x, 1, read_buf_mem_limit (-o) must be a number of megabytes: \"x\"",
        "-o resp_obj_mem_limit, 1, missing argument for resp_obj_mem_limit (-o)",
        "-o foo, 1, illegal suboption \"foo\" (-o)",
        "-o ignored, 1, illegal suboption \"ignored\" (-o)",
        "-o idle_timeout, 1, missing argument for idle_timeout (-o)",
        "-o idle_timeout=x, 1, idle_timeout (-o) must be a number of seconds: \"x\"",
        "-o ssl_verify_mode=7, 1, ssl_verify_mode (-o) must be from 0 to 3: \"7\"",
        "-o ssl_min_version=9, 1, ssl_min_version (-o) must be from 0 to 3: \"9\"",
        "-o ssl_keyformat=DER, 1, ssl_keyformat (-o) can only be PEM: \"DER\"",
        "-y, 1, unrecognized option -y",
        "-My, 1, unrecognized option -y",
        "--bogus, 1, unrecognized option --bogus",
        "--ver, 1, ambiguous option --ver",
        "--version=1, 1, option --version doesn't take a value",
        "-p, 1, option -p requires a value",
        "--port, 1, option --port requires a value",
        "extra, 1, unexpected argument \"extra\"",
    })
    void shouldRejectInvalidOption(String arguments, int exitStatus, String message) {
        CommandLine line = parse(arguments);
        assertThat(line.action()).isEqualTo(Action.REJECT);
        assertThat(line.message()).isEqualTo(message);
        assertThat(line.exitStatus()).isEqualTo(exitStatus);
    }

    @ParameterizedTest
    @CsvSource({
        "-p 0, '', ''",
        "-p -1, 'LOOPBACK:0', ''",
        "-p 5 -U 6, 'LOOPBACK:5', 'LOOPBACK:6'",
        "-U 6, 'LOOPBACK:6', 'LOOPBACK:6'",
        "-U 6 -p 0, '', 'LOOPBACK:6'",
        "-U 0, 'LOOPBACK:11211', ''",
        "-p -1 -U -1, 'LOOPBACK:0', 'LOOPBACK:0'",
        "'-l 127.0.0.1,127.0.0.2:7 -l [::1]:8', '127.0.0.1:11211 127.0.0.2:7 0:0:0:0:0:0:0:1:8', ''",
        "-l 127.0.0.1:5 -U 6 -p 7, '127.0.0.1:5', '127.0.0.1:5'",
        "-p 0 -l 127.0.0.1:5, '', ''",
        "'-l tag[a]:127.0.0.1,proto[ascii]:tag[b]:127.0.0.1:5', '127.0.0.1:11211 127.0.0.1:5', ''",
        "-s /tmp/socket -p 5 -U 6, '', ''",
    })
    void shouldListenOnSameAddressesAsMemcached(String arguments, String tcp, String udp) throws IOException {
        Endpoints endpoints = parse(arguments).endpoints();
        assertThat(text(endpoints.tcp().stream().map(Endpoints.Tcp::address))).isEqualTo(loopback(tcp));
        assertThat(text(endpoints.udp().stream())).isEqualTo(loopback(udp));
    }

    /** Replaces LOOPBACK by 127.0.0.1, and by ::1 if the host has IPv6. */
    private static String loopback(String addresses) throws IOException {
        String both = "127.0.0.1:$1 0:0:0:0:0:0:0:1:$1";
        return addresses.replaceAll("LOOPBACK:(\\d+)", hasIpv6() ? both : "127.0.0.1:$1");
    }

    private static boolean hasIpv6() throws IOException {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
    }

    @Test
    void shouldListenOnSameFreePortOfBothLoopbackAddresses() throws IOException {
        Main.Outcome outcome = start("-p -1 -U -1");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server())) {
            Endpoints endpoints = memcached.endpoints();
            assertThat(endpoints.tcp()).hasSize(hasIpv6() ? 2 : 1);
            assertThat(endpoints.udp()).hasSize(hasIpv6() ? 2 : 1);
            assertThat(endpoints.tcp())
                    .allMatch(tcp -> tcp.address().getPort()
                            == MemcachedServers.address(memcached).getPort());
            assertThat(endpoints.udp())
                    .allMatch(udp ->
                            udp.getPort() == MemcachedServers.address(memcached).getPort());
            for (Endpoints.Tcp tcp : endpoints.tcp()) {
                SocketClient.connect(tcp.address())
                        .send("get k\r\n")
                        .expect("END\r\n")
                        .close();
            }
        }
        outcome = start("-p 0 -U -1");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server())) {
            assertThat(memcached.endpoints().udp().stream()
                            .map(InetSocketAddress::getPort)
                            .distinct())
                    .hasSize(1);
        }
    }

    @Test
    void shouldUseProtocolOfEachAddress() throws IOException {
        Main.Outcome outcome = start("-p -1 -l "
                + "proto[ascii]:127.0.0.1,proto[binary]:127.0.0.1,proto[negotiating]:tag[any]:127.0.0.1 -B binary");
        String binaryVersion = "\u0080\u000b" + "\0".repeat(22);
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server())) {
            List<Endpoints.Tcp> tcp = memcached.endpoints().tcp();
            SocketClient.connect(tcp.get(0).address())
                    .send("\u0080abc\r\nversion\r\n")
                    .expect("ERROR\r\nVERSION 1.6.45\r\n")
                    .close();
            SocketClient.connect(tcp.get(2).address())
                    .send("version\r\n")
                    .expect("VERSION 1.6.45\r\n")
                    .close();
            for (int i = 1; i < 3; i++) {
                SocketClient.connect(tcp.get(i).address())
                        .send(binaryVersion)
                        .expect("\u0081\u000b")
                        .close();
            }
            try (SocketClient client = SocketClient.connect(tcp.get(1).address())) {
                assertThat(client.send("version\r\n".repeat(3)).readUntilClosed())
                        .isEmpty();
            }
        }
    }

    @Test
    void shouldRequireAuthenticationForEachProtocolOfAddress(@TempDir Path folder) throws IOException {
        Path users = Files.writeString(folder.resolve("users"), "jane:secret\n");
        String listen = "-p -1 -l proto[ascii]:127.0.0.1,proto[binary]:127.0.0.1 ";
        for (CommandLine line : List.of(
                parse(listen + "-Y " + users), CommandLine.parse((listen + "-S").split(" "), users.toString()))) {
            try (MemcachedServer memcached = line.start(text -> {})) {
                List<Endpoints.Tcp> tcp = memcached.endpoints().tcp();
                SocketClient.connect(tcp.get(0).address())
                        .send("get some_key\r\n")
                        .expect("CLIENT_ERROR unauthenticated\r\n")
                        .close();
                try (SocketClient client = SocketClient.connect(tcp.get(1).address())) {
                    assertThat(client.send("\u0080" + "\0".repeat(23)).readUntilClosed())
                            .contains("Auth failure.");
                }
            }
        }
    }

    @Test
    void shouldCloseTextConnectionToSaslPortWithoutReply() throws IOException {
        CommandLine line = CommandLine.parse("-S", "-p", "-1");
        try (MemcachedServer memcached = line.start(text -> {});
                SocketClient client = SocketClient.connect(MemcachedServers.address(memcached))) {
            assertThat(client.send("version\r\n".repeat(3)).readUntilClosed()).isEmpty();
        }
    }

    @Test
    void shouldBeginHelpAndVersionWithMemcachedVersion() {
        for (String option : List.of("-h", "-V")) {
            out.reset();
            start(option);
            assertThat(out.toString(StandardCharsets.UTF_8).lines())
                    .startsWith("memcached 1.6.45")
                    .element(1)
                    .asString()
                    .startsWith("embedded-memcached ");
        }
    }

    private static String text(Stream<InetSocketAddress> addresses) {
        return addresses
                .map(address -> address.getAddress().getHostAddress() + ":" + address.getPort())
                .collect(Collectors.joining(" "));
    }

    @Test
    void shouldAcceptMaskOfUnixSocket() {
        Endpoints.UnixSocket unix = parse("-s /tmp/socket").endpoints().unixSocket();
        assertThat(unix).isEqualTo(new Endpoints.UnixSocket(Path.of("/tmp/socket"), 0700));
        unix = parse("--unix-socket=/tmp/socket --unix-mask 0666").endpoints().unixSocket();
        assertThat(unix).isEqualTo(new Endpoints.UnixSocket(Path.of("/tmp/socket"), 0666));
    }

    @Test
    void shouldAcceptAndReportIgnoredOptions() {
        CommandLine line = parse("-r -k -L -u nobody -f 1.25 -n 48 -N 4"
                + " -o slab_reassign,hashpower=20,no_hashexpand,ext_path=/tmp/x:1G,modern");
        assertThat(line.action()).as(line.message()).isEqualTo(Action.SERVE);
        assertThat(String.join(" ", line.ignored()))
                .isEqualTo("-r -k -L -u -f -n -N"
                        + " -o slab_reassign -o hashpower -o no_hashexpand -o ext_path -o modern");
        Main.Outcome outcome = start("-p -1 -v -k");
        Objects.requireNonNull(outcome.server()).close();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("ignored: -k");
    }

    @Test
    void shouldStopParsingAtHelp() {
        assertThat(parse("-h -y").action()).isEqualTo(Action.HELP);
        assertThat(parse("-Vy").action()).isEqualTo(Action.VERSION);
        assertThat(parse("-i").action()).isEqualTo(Action.LICENSE);
    }

    @Test
    void shouldListAllOptionsInHelp() {
        for (Option option : Option.values()) {
            assertThat(Main.HELP).contains("-" + option.letter);
        }
    }

    @Test
    void shouldApplySettingsToSessions() throws IOException {
        Main.Outcome outcome =
                start("-p -1 -F -C -R 5 -b 7 -D / -o idle_timeout=9,no_maxconns_fast,read_buf_mem_limit=5 -c 3");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(MemcachedServers.address(memcached))) {
            client.send("set k 0 0 1\r\nx\r\ngets k\r\ncas k 0 0 1 0\r\ny\r\ncas k 0 0 1 5\r\ny\r\n")
                    .expect("STORED\r\nVALUE k 0 1 0\r\nx\r\nEND\r\nEXISTS\r\nEXISTS\r\n");
            client.send("stats settings\r\nquit\r\n");
            assertThat(client.readUntilClosed())
                    .contains("STAT reqs_per_event 5\r\n", "STAT tcp_backlog 7\r\n")
                    .contains("STAT idle_timeout 9\r\n", "STAT maxconns 3\r\n")
                    .contains("STAT read_buf_mem_limit 5242880\r\n");
        }
    }

    @Test
    void shouldWarnAboutUserWithoutPassword(@TempDir Path folder) throws IOException {
        Path users = Files.writeString(folder.resolve("users"), "jane:secret\njoe:\n");
        Objects.requireNonNull(start("-p -1 -Y " + users).server()).close();
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("the password file (-Y) has a user without a password: " + users);
    }

    @Test
    void shouldReadUsersFromPasswordFile(@TempDir Path folder) throws IOException {
        Path users = Files.writeString(folder.resolve("users"), "jane:secret\njoe:more\n");
        Main.Outcome outcome = start("-p -1 -Y " + users);
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(MemcachedServers.address(memcached))) {
            client.send("get some_key\r\n").expect("CLIENT_ERROR unauthenticated\r\n");
            client.send("set any 0 0 8\r\njoe more\r\nget some_key\r\n").expect("STORED\r\nEND\r\n");
        }
        CommandLine sasl = CommandLine.parse(new String[] {"-S", "-p", "-1"}, users.toString());
        assertThat(sasl.action()).as(sasl.message()).isEqualTo(Action.SERVE);
        Files.writeString(users, "no colon\n");
        assertThat(parse("-Y " + users).message()).startsWith("the password file (-Y) can't be used: line 1 of ");
        Path missing = folder.resolve("missing");
        assertThat(parse("-Y " + missing).message())
                .isEqualTo("the password file (-Y) can't be read, it does not exist: " + missing);
        assertThat(parse("-Y " + folder).message())
                .isEqualTo("the password file (-Y) can't be read, it is a directory: " + folder);
        Files.writeString(missing, "");
        assertThat(parse("-Y " + missing).message())
                .isEqualTo("the password file (-Y) can't be used: there is no line name:password in " + missing);
        assertThat(CommandLine.parse(new String[] {"-S"}, folder + "/no").message())
                .isEqualTo("the password file (-S, MEMCACHED_SASL_PWDB) can't be read, it does not exist: " + folder
                        + "/no");
        assertThat(parse("-Y " + users + " -B binary").exitStatus()).isEqualTo(64);
    }

    @Test
    void shouldLetExcessConnectionsWaitWithNoMaxconnsFast() throws IOException {
        Main.Outcome outcome = start("-p -1 -c 1 -o no_maxconns_fast");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server());
                SocketClient first = SocketClient.connect(MemcachedServers.address(memcached));
                SocketClient second = SocketClient.connect(MemcachedServers.address(memcached))) {
            second.send("get second\r\n");
            for (int i = 0; i < 100; i++) {
                first.send("get first\r\n").expect("END\r\n");
            }
            first.send("quit\r\n").readUntilClosed();
            second.expect("END\r\n");
        }
    }

    @Test
    void shouldRunWithoutAddressesAsMemcachedDoes() {
        Main.Outcome outcome = start("-p 0");
        Objects.requireNonNull(outcome.server()).close();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("listening on nothing");
    }

    @Test
    void shouldPrintProblemAndHelpOption() {
        Main.Outcome outcome = start("-I 1");
        assertThat(outcome.exitStatus()).isEqualTo(64);
        assertThat(err.toString(StandardCharsets.UTF_8).strip())
                .isEqualTo("embedded-memcached: the item size limit (-I) cannot be less than 1024 bytes"
                        + " (-h lists the options)");
        assertThat(out.size()).isZero();
    }

    @Test
    void shouldPrintVersionAndHelp() {
        assertThat(start("-V").exitStatus()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("memcached 1.6.");
        out.reset();
        assertThat(start("--help").exitStatus()).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--max-item-size", "--disable-evictions");
        assertThat(err.size()).isZero();
    }

    @Test
    void shouldServeAndPrintAddressWithFreePort() throws IOException {
        Main.Outcome outcome = start("-p -1 -m 2 -M -c 10 -t 1 -I 4k -U 0 -u nobody");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(MemcachedServers.address(memcached))) {
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .startsWith("embedded-memcached: listening on 127.0.0.1 port "
                            + MemcachedServers.address(memcached).getPort());
            assertThat(memcached.cache().maxItemSizeBytes()).isEqualTo(4096);
            client.send("set k 0 0 5000\r\n" + "x".repeat(5000) + "\r\n")
                    .expect("SERVER_ERROR object too large for cache\r\n");
        }
    }

    @Test
    void shouldReportPortInUse() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            Main.Outcome outcome = start("-p " + other.port());
            assertThat(outcome.server()).isNull();
            assertThat(outcome.exitStatus()).isEqualTo(71);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .startsWith("embedded-memcached: cannot listen on 127.0.0.1 port " + other.port() + ": ");
        }
    }

    @Test
    void shouldPrintCommandsIfVeryVerbose() throws IOException {
        Main.Outcome outcome = start("-p -1 -vv");
        try (MemcachedServer memcached = Objects.requireNonNull(outcome.server());
                SocketClient client = SocketClient.connect(MemcachedServers.address(memcached))) {
            client.send("get some_key\r\n").expect("END\r\n");
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("get some_key");
        }
    }

    @Test
    void shouldRejectMemoryLimitLargerThanMemoryOfMachine() {
        CommandLine line = parse("-m 999999999");
        assertThat(line.exitStatus()).isEqualTo(64);
        assertThat(line.message())
                .startsWith("the memory limit (-m) can't be \"999999999\" megabytes: the memory limit, "
                        + (999_999_999L << 20) + " bytes, is more than this machine's ");
    }
}
