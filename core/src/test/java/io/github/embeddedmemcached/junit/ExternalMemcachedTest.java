package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.protocol.RealMemcached;
import io.github.embeddedmemcached.junit.StartMemcached.Scope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** Runs test classes against an external memcached: a separately started embedded one, and a real one if it is installed. */
class ExternalMemcachedTest {
    private static Map<String, String> external(EmbeddedMemcached memcached) {
        return external(memcached.host() + ":" + memcached.port());
    }

    private static Map<String, String> external(String address) {
        return Map.of("embedded-memcached.external", address);
    }

    private static void assertSkipped(EngineExecutionResults results, String... reasons) {
        assertThat(TestRun.failures(results)).isEmpty();
        List<String> actual = new ArrayList<>(TestRun.skipReasons(results));
        assertThat(actual).hasSameSizeAs(reasons);
        for (String reason : reasons) {
            assertThat(actual)
                    .as("the reasons")
                    .anyMatch(text -> text.contains("requires " + reason + " an embedded server has, but "
                            + "embedded-memcached.external is 127.0.0.1:"));
        }
    }

    /** Sends a request, and returns the first line of the reply. */
    private static String execute(InetSocketAddress address, String request) {
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.getOutputStream().write((request + "\r\n").getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertEmptyThenFill(InetSocketAddress address) {
        assertThat(execute(address, "get k")).isEqualTo("END");
        assertThat(execute(address, "set k 0 0 1\r\nx")).isEqualTo("STORED");
    }

    // ---- tests that run against embedded and external servers

    @StartMemcached
    static class Declared {
        private final InetSocketAddress injected;

        Declared(@Memcached InetSocketAddress injected) {
            this.injected = injected;
        }

        @Test
        void one(@Memcached InetSocketAddress address) {
            assertThat(address).isEqualTo(injected);
            assertEmptyThenFill(address);
        }

        @Test
        @StartMemcached(scope = Scope.RUN)
        void two(@Memcached InetSocketAddress address) {
            assertEmptyThenFill(address);
        }

        @Nested
        class Inner {
            @Test
            void three() {
                assertEmptyThenFill(injected);
            }
        }
    }

    static class StaticField {
        @RegisterExtension
        static final MemcachedExtension memcached = new MemcachedExtension(EmbeddedMemcached.builder());

        @Test
        void one() {
            assertEmptyThenFill(memcached.address());
        }

        @Test
        void two() {
            assertEmptyThenFill(new InetSocketAddress(memcached.host(), memcached.port()));
        }
    }

    static class InstanceField {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        void test(@Memcached InetSocketAddress address) {
            assertThat(address).isEqualTo(memcached.address());
            assertEmptyThenFill(address);
        }
    }

    private static final Class<?>[] PORTABLE = {Declared.class, StaticField.class, InstanceField.class};

    @Test
    void shouldRunTestsAgainstTheExternalServerAndEmptyItBeforeEach() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            TestRun.executeSequentially(external(other), PORTABLE)
                    .testEvents()
                    .assertStatistics(s -> s.started(6).succeeded(6));
            assertThat(other.isRunning())
                    .as("an external server is not stopped")
                    .isTrue();
            assertThat(other.cache().get("k")).as("all tests used it").isNotNull();
        }
    }

    @Test
    void shouldRunTheSameTestsAgainstARealMemcached() throws IOException {
        try (RealMemcached real = RealMemcached.start()) {
            TestRun.executeSequentially(external("127.0.0.1:" + real.port()), PORTABLE)
                    .testEvents()
                    .assertStatistics(s -> s.started(6).succeeded(6));
        }
    }

    @Test
    void shouldUseAnEmbeddedServerIfThePropertyIsBlank() {
        TestRun.executeSequentially(external(" "), PORTABLE)
                .testEvents()
                .assertStatistics(s -> s.started(6).succeeded(6));
    }

    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void shouldBeConfigurableBySystemProperty() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            System.setProperty("embedded-memcached.external", other.host() + ":" + other.port());
            try {
                TestRun.kit(StaticField.class)
                        .enableImplicitConfigurationParameters(true)
                        .execute()
                        .testEvents()
                        .assertStatistics(s -> s.started(2).succeeded(2));
            } finally {
                System.clearProperty("embedded-memcached.external");
            }
            assertThat(other.cache().get("k")).isNotNull();
        }
    }

    @StartMemcached(name = "here")
    @StartMemcached(name = "there", user = "alice", password = "secret")
    static class Named {
        @Test
        void test(@Memcached("here") EmbeddedMemcached here, @Memcached("there") InetSocketAddress there) {
            assertEmptyThenFill(here.address());
            assertThat(there).isNotEqualTo(here.address());
        }
    }

    @Test
    void shouldAuthenticateAsTheUserOfANamedServer() {
        try (EmbeddedMemcached other =
                EmbeddedMemcached.builder().user("alice", "secret").start()) {
            other.cache().set("k", new byte[1]);
            TestRun.execute(Map.of("embedded-memcached.external.there", other.host() + ":" + other.port()), Named.class)
                    .testEvents()
                    .assertStatistics(s -> s.started(1).succeeded(1));
            assertThat(other.cache().get("k")).isNull();
        }
    }

    // ---- tests that require an embedded server

    @StartMemcached
    static class RequiringAnEmbeddedServer {
        @Test
        void server(EmbeddedMemcached memcached) {}

        @Test
        void cache(Cache cache) {}

        @Test
        void address(@Memcached InetSocketAddress address) {
            assertEmptyThenFill(address);
        }
    }

    static class FieldsRequiringAnEmbeddedServer {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        void server() {
            memcached.server().stop();
        }

        @Test
        void cache(Cache cache) {}

        @Test
        void address() {
            assertEmptyThenFill(memcached.address());
        }
    }

    @Test
    void shouldSkipTestsThatRequireMoreThanTheAddress() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            for (Class<?> tests : List.of(RequiringAnEmbeddedServer.class, FieldsRequiringAnEmbeddedServer.class)) {
                EngineExecutionResults results = TestRun.executeSequentially(external(other), tests);
                assertSkipped(results, "the EmbeddedMemcached, which only", "the Cache, which only");
                results.testEvents().assertStatistics(s -> s.succeeded(1));
            }
        }
    }

    @StartMemcached
    static class BeforeAllTests {
        @BeforeAll
        static void before(Cache cache) {}

        @Test
        void test() {}
    }

    @ExtendWith(MemcachedExtension.class)
    static class BeforeEachTest {
        @BeforeEach
        void before(Cache cache) {}

        @Test
        void test() {}
    }

    @StartMemcached
    static class InTheConstructor {
        InTheConstructor(Cache cache) {}

        @Test
        void test() {}

        @Nested
        class Inner {
            @Test
            void test() {}
        }
    }

    @StartMemcached
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class InTheConstructorOfASharedInstance {
        InTheConstructorOfASharedInstance(Cache cache) {}

        @Test
        void test() {}
    }

    static class InBeforeAllOfAField {
        @RegisterExtension
        static final MemcachedExtension memcached = new MemcachedExtension();

        @BeforeAll
        static void before() {
            memcached.cache();
        }

        @Test
        void test() {}
    }

    @Test
    void shouldSkipClassesWhoseLifecycleMethodsRequireAnEmbeddedServer() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            for (Class<?> tests : List.of(
                    BeforeAllTests.class,
                    BeforeEachTest.class,
                    InTheConstructor.class,
                    InTheConstructorOfASharedInstance.class,
                    InBeforeAllOfAField.class)) {
                assertSkipped(TestRun.execute(external(other), tests), "the Cache, which only");
            }
        }
    }

    @StartMemcached(tls = true)
    static class OverTls {
        @Test
        void test(@Memcached InetSocketAddress address) {}
    }

    @Test
    void shouldSkipTestsOverTls() {
        try (EmbeddedMemcached other = EmbeddedMemcached.start()) {
            assertSkipped(TestRun.execute(external(other), OverTls.class), "TLS, with a certificate that only");
        }
    }

    // ---- errors

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "11211", ":11211", "localhost:", "localhost:0", "localhost:65536", "a:b:1"})
    void shouldRejectAnInvalidAddress(String address) {
        for (Class<?> tests : PORTABLE) {
            assertThat(TestRun.failures(TestRun.execute(external(address), tests)))
                    .isNotEmpty()
                    .allSatisfy(failure -> assertThat(failure)
                            .hasMessageContaining("embedded-memcached.external must be host:port, such as "
                                    + "127.0.0.1:11211: \"" + address + "\""));
        }
    }

    @Test
    void shouldFailIfTheConnectionIsRefused() {
        EmbeddedMemcached closed = EmbeddedMemcached.start();
        closed.close();
        EngineExecutionResults results = TestRun.execute(external(closed), StaticField.class);
        results.testEvents().assertStatistics(s -> s.started(2).failed(2));
        assertThat(TestRun.failures(results))
                .allSatisfy(failure -> assertThat(failure)
                        .hasMessageStartingWith("the external memcached at 127.0.0.1:" + closed.port()
                                + ", configured by embedded-memcached.external, cannot be flushed: ")
                        .hasMessageContaining("ConnectException"));
    }

    @Test
    void shouldFailIfTheHostIsUnknown() {
        assertThat(TestRun.failures(TestRun.execute(external("no-such-host.invalid:11211"), StaticField.class)))
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure).hasMessageContaining("UnknownHostException"));
    }

    @Test
    void shouldFailOnAnUnexpectedReply() {
        try (EmbeddedMemcached other =
                EmbeddedMemcached.builder().user("alice", "secret").start()) {
            assertThat(TestRun.failures(TestRun.execute(external(other), StaticField.class)))
                    .hasSize(2)
                    .allSatisfy(failure -> assertThat(failure)
                            .hasMessageEndingWith(
                                    "unexpected reply to \"flush_all\": \"CLIENT_ERROR unauthenticated\""));
        }
    }
}
