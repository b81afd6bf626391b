package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.testing.Recording;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Runs failing test classes, and checks the commands that are printed with the failure. */
class RecordedCommandsTest {
    /** Sends lines, and waits for a reply of one line to each. */
    private static void send(InetSocketAddress address, String... lines) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            for (String line : lines) {
                socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
                for (int c = 0; c != '\n'; ) {
                    c = socket.getInputStream().read();
                    assertThat(c).isNotNegative();
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Throwable failureOf(Class<?> tests) {
        List<Throwable> failures = TestRun.failures(TestRun.execute(tests));
        assertThat(failures).hasSize(1);
        return failures.get(0);
    }

    @StartMemcached(name = "one")
    @StartMemcached(name = "idle")
    static class Failing {
        @BeforeEach
        void before(@Memcached("one") InetSocketAddress address) {
            send(address, "set greeting 0 60 5\r\nhello");
        }

        @Test
        void test(@Memcached("one") InetSocketAddress address) {
            send(address, "get missing", "nonsense");
            throw new AssertionError("as expected");
        }
    }

    @Test
    void shouldPrintTheCommandsWithTheFailure() {
        Throwable failure = failureOf(Failing.class);
        assertThat(failure).hasMessage("as expected");
        assertThat(failure.getSuppressed())
                .as("one for each server that received commands")
                .hasSize(1);
        assertThat(failure.getSuppressed()[0].toString().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(
                                        "the last 3 of 3 commands to EmbeddedMemcached\\[127\\.0\\.0\\.1:\\d+, running, .*]:"),
                        line -> assertThat(line).matches(" +\\d{4}-.*Z  set greeting 0 60 5 \"hello\" .*"),
                        line -> assertThat(line).matches(" +\\d{4}-.*Z  get missing .*"),
                        line -> assertThat(line).matches(" +\\d{4}-.*Z  malformed: nonsense .*"));
        assertThat(failure)
                .hasStackTraceContaining("\tSuppressed: the last 3 of 3 commands to EmbeddedMemcached[127.0.0.1:");
    }

    @Test
    void shouldPrintTheCommandsToStandardErrorUnderSurefire() {
        PrintStream original = System.err;
        var printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            failureOf(Failing.class);
        } finally {
            System.setErr(original);
        }
        assumeThat(System.getProperty("surefire.real.class.path"))
                .as("this test runs under Surefire")
                .isNotNull();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("the last 3 of 3 commands to EmbeddedMemcached[127.0.0.1:")
                .contains("malformed: nonsense");
    }

    @StartMemcached
    static class FailingAfterControlCharacters {
        @Test
        void test(@Memcached InetSocketAddress address) {
            send(address, "get \u001b[2J", "delete \u001b]0;x\u0007");
            throw new AssertionError("as expected");
        }
    }

    @Test
    void shouldEscapeControlCharactersOfClients() {
        assertThat(failureOf(FailingAfterControlCharacters.class)
                        .getSuppressed()[0]
                        .toString())
                .contains("get \\x1b[2J", "delete \\x1b]0;x\\x07")
                .doesNotContain("\u001b");
    }

    static class FailingWithAField {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension(EmbeddedMemcached.builder());

        @Test
        void test() {}

        @AfterEach
        void after() {
            for (int i = 1; i <= 25; i++) {
                send(memcached.address(), "get k" + i);
            }
            throw new IllegalStateException("as expected");
        }
    }

    static class FailingWithAUnixSocket {
        static final Path SOCKET = Path.of(System.getProperty("java.io.tmpdir"), "recorded-" + UUID.randomUUID());

        @RegisterExtension
        final MemcachedExtension memcached =
                new MemcachedExtension(EmbeddedMemcached.builder().tcp(false).unixSocket(SOCKET));

        @Test
        void test() throws IOException {
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(SOCKET))) {
                channel.write(StandardCharsets.US_ASCII.encode("get k\r\n"));
                assertThat(channel.read(ByteBuffer.allocate(5))).isPositive();
            }
            throw new AssertionError("as expected");
        }
    }

    @Test
    void shouldNameTheUnixSocketOfAServerWithoutTcp() {
        Throwable failure = failureOf(FailingWithAUnixSocket.class);
        assertThat(failure).hasMessage("as expected");
        assertThat(failure.getSuppressed())
                .singleElement()
                .asString()
                .startsWith("the last 1 of 1 commands to EmbeddedMemcached[" + FailingWithAUnixSocket.SOCKET + ",")
                .contains("get k");
    }

    @Test
    void shouldPrintTheLastTwentyCommands() {
        Throwable failure = failureOf(FailingWithAField.class);
        assertThat(failure.getSuppressed()).singleElement().asString().satisfies(text -> {
            assertThat(text).startsWith("the last 20 of 25 commands ");
            assertThat(text).doesNotContain("get k5 ").contains("get k6 ").contains("get k25 ");
        });
    }

    @StartMemcached(nodes = 2)
    static class FailingWithACluster {
        @Test
        void test(EmbeddedMemcachedCluster cluster) {
            cluster.addresses().forEach(address -> send(address, "get k"));
            throw new AssertionError();
        }
    }

    @Test
    void shouldPrintTheCommandsOfEachNode() {
        assertThat(failureOf(FailingWithACluster.class).getSuppressed()).hasSize(2);
    }

    @StartMemcached(recordCommands = 0)
    static class NotRecording {
        @Test
        void test(@Memcached InetSocketAddress address) {
            send(address, "get k");
            throw new AssertionError();
        }
    }

    @StartMemcached
    static class NotConnecting {
        @Test
        void test() {
            throw new AssertionError();
        }
    }

    @Test
    void shouldPrintNothingWithoutRecordedCommands() {
        assertThat(failureOf(NotRecording.class).getSuppressed()).isEmpty();
        assertThat(failureOf(NotConnecting.class).getSuppressed()).isEmpty();
    }

    private static Throwable abortException = new AssertionError();

    @StartMemcached
    static class Aborted {
        @Test
        void test(@Memcached InetSocketAddress address) {
            send(address, "get k");
            try {
                Assumptions.assumeTrue(false, "as expected");
            } catch (RuntimeException e) {
                abortException = e;
                throw e;
            }
        }
    }

    @Test
    void shouldPrintNothingForAnAbortedTest() {
        TestRun.execute(Aborted.class).testEvents().assertStatistics(s -> s.aborted(1));
        assertThat(abortException).hasMessageContaining("as expected").hasNoSuppressedExceptions();
    }

    @StartMemcached
    static class StoppingTheRecording {
        @Test
        void test(Recording recording) {
            recording.stop();
        }

        @Test
        void other(Recording recording) {
            assertThat(recording.isOn()).isTrue();
            recording.stop();
        }
    }

    @Test
    void shouldRecordAgainAfterATestThatStoppedTheRecording() {
        TestRun.execute(StoppingTheRecording.class).testEvents().assertStatistics(s -> s.succeeded(2));
    }

    @StartMemcached
    @Execution(ExecutionMode.CONCURRENT)
    static class ConcurrentTests {
        private static final CyclicBarrier BARRIER = new CyclicBarrier(2);

        @Test
        void one(@Memcached InetSocketAddress address) throws Exception {
            send(address, "get k");
            BARRIER.await(20, TimeUnit.SECONDS);
            throw new AssertionError();
        }

        @Test
        void two() throws Exception {
            BARRIER.await(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldMentionThatOtherTestsUsedTheServer() {
        assertThat(failureOf(ConcurrentTests.class).getSuppressed())
                .singleElement()
                .asString()
                .contains(", including those of other tests that ran at the same time:");
    }
}
