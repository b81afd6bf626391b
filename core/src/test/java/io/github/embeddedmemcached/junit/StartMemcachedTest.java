package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.junit.StartMemcached.Scope;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs test classes like those of applications, and checks which servers they used. */
class StartMemcachedTest {
    private static final byte[] VALUE = "x".getBytes(StandardCharsets.US_ASCII);

    /** The servers used by the test classes below: one entry for each test. */
    private static final Collection<EmbeddedMemcached> USED = new ConcurrentLinkedQueue<>();

    @AfterEach
    void clearUsedServers() {
        USED.clear();
    }

    private static void run(int tests, Class<?>... classes) {
        TestRun.execute(classes)
                .testEvents()
                .assertStatistics(s -> s.started(tests).succeeded(tests));
        assertThat(USED).hasSize(tests);
        assertThat(USED).isNotEmpty().as("servers after their classes").noneMatch(TestRun::isAlive);
    }

    private static Throwable failureOf(Class<?>... classes) {
        var failures = TestRun.failures(TestRun.execute(classes));
        assertThat(failures).isNotEmpty();
        return failures.get(0);
    }

    private static Set<EmbeddedMemcached> servers() {
        return new HashSet<>(USED);
    }

    private static void assertEmptyThenFill(EmbeddedMemcached memcached) {
        USED.add(memcached);
        assertThat(memcached.isRunning()).isTrue();
        assertThat(memcached.cache().get("k")).isNull();
        memcached.cache().set("k", VALUE);
    }

    // ---- annotated elements

    @StartMemcached(memory = "4MB", itemSizeMax = "8k", threads = 1, idleTimeout = "30s", maxConnections = 10)
    static class AtAClass {
        private final EmbeddedMemcached injected;

        AtAClass(EmbeddedMemcached injected) {
            this.injected = injected;
        }

        @BeforeAll
        static void before(EmbeddedMemcached memcached) {
            memcached.cache().set("k", VALUE);
        }

        @BeforeEach
        void beforeEach(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached).isSameAs(injected);
        }

        @Test
        void test(Cache cache, @Memcached InetSocketAddress address) {
            assertThat(cache).isSameAs(injected.cache());
            assertThat(address).isEqualTo(injected.address());
            assertThat(cache.memoryLimitBytes()).isEqualTo(4 << 20);
            injected.stop();
        }

        @RepeatedTest(2)
        void repeated() {
            injected.stop();
        }

        @Nested
        class Inner {
            @ParameterizedTest
            @ValueSource(ints = {1, 2})
            void test(int number, EmbeddedMemcached memcached) {
                assertThat(memcached).isSameAs(injected);
            }
        }
    }

    @Test
    void shouldHaveOneServerForTheClassAndItsNestedClasses() {
        run(5, AtAClass.class);
        assertThat(servers()).hasSize(1);
    }

    static class AtMethods {
        @StartMemcached
        @RepeatedTest(2)
        void one(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }

        @StartMemcached(eviction = false)
        @Test
        void two(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }
    }

    @Test
    void shouldHaveOneServerForEachTestOfAMethod() {
        run(3, AtMethods.class);
        assertThat(servers()).hasSize(3);
    }

    @Retention(RetentionPolicy.RUNTIME)
    @StartMemcached(memory = "4m")
    @interface SmallMemcached {}

    @SmallMemcached
    static class AtAnAnnotation {
        @Test
        void test(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(4 << 20);
        }
    }

    @StartMemcached(memory = "4m")
    static class Parent {
        @Test
        void test(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }
    }

    static class Child extends Parent {}

    @StartMemcached(memory = "8m")
    static class OtherChild extends Parent {
        @Override
        @Test
        void test(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(8 << 20);
        }
    }

    @Test
    void shouldBeInheritedAndUsableAsMetaAnnotation() {
        run(4, AtAnAnnotation.class, Parent.class, Child.class, OtherChild.class);
        assertThat(servers()).hasSize(4);
    }

    // ---- names

    @StartMemcached(name = "sessions")
    @StartMemcached(name = "pages", memory = "4m")
    static class TwoServers {
        @Test
        void test(@Memcached("sessions") EmbeddedMemcached sessions, @Memcached("pages") Cache pages) {
            assertEmptyThenFill(sessions);
            assertThat(pages.memoryLimitBytes()).isEqualTo(4 << 20);
            assertThat(pages.get("k")).isNull();
        }

        @Nested
        @StartMemcached(name = "pages", memory = "8m")
        class Inner {
            private final EmbeddedMemcached sessions;
            private final EmbeddedMemcached pages;

            Inner(@Memcached("sessions") EmbeddedMemcached sessions, @Memcached("pages") EmbeddedMemcached pages) {
                this.sessions = sessions;
                this.pages = pages;
            }

            @Test
            void replacesTheOuterDeclaration() {
                assertEmptyThenFill(sessions);
                assertThat(pages.cache().memoryLimitBytes()).isEqualTo(8 << 20);
            }

            @Test
            @StartMemcached(name = "pages", memory = "2m")
            void replacesTheReplacement(@Memcached("pages") EmbeddedMemcached innermost) {
                assertEmptyThenFill(sessions);
                assertThat(innermost.cache().memoryLimitBytes()).isEqualTo(2 << 20);
                assertThat(pages.cache().memoryLimitBytes()).isEqualTo(8 << 20);
            }
        }
    }

    @Test
    void shouldSelectServersByName() {
        run(3, TwoServers.class);
        assertThat(servers()).hasSize(1);
    }

    @StartMemcached
    @StartMemcached(name = "pages", memory = "4m")
    static class OneWithoutAName {
        @Test
        void test(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(64 << 20);
        }
    }

    @Test
    void shouldSelectTheServerWithoutANameByDefault() {
        run(1, OneWithoutAName.class);
    }

    // ---- other injected types

    @StartMemcached
    static class TestControls {
        @Test
        void test(EmbeddedMemcached memcached, TestClock clock, Recording recording, Faults faults) {
            assertEmptyThenFill(memcached);
            assertThat(clock).isSameAs(memcached.clock());
            assertThat(recording).isSameAs(memcached.recording());
            assertThat(faults).isSameAs(memcached.faults());
            assertThat(clock.isFrozen()).isFalse();
            clock.freeze();
            memcached.pause();
        }

        @Test
        void other(EmbeddedMemcached memcached, TestClock clock, Recording recording, Faults faults) {
            test(memcached, clock, recording, faults);
        }
    }

    @Test
    void shouldInjectClockRecordingAndFaultsAndResetThem() {
        run(2, TestControls.class);
        assertThat(servers()).hasSize(1);
    }

    @StartMemcached(nodes = 2, memory = "4m")
    static class Cluster {
        @Test
        void test(EmbeddedMemcachedCluster cluster, TestClock clock) {
            assertThat(cluster.nodes()).hasSize(2);
            assertEmptyThenFill(cluster.node(0));
            assertThat(cluster.node(1).isRunning()).isTrue();
            assertThat(cluster.node(1).cache().memoryLimitBytes()).isEqualTo(4 << 20);
            assertThat(clock.isFrozen()).isFalse();
            clock.freeze();
            cluster.stop(1);
        }

        @Test
        void other(EmbeddedMemcachedCluster cluster, TestClock clock) {
            test(cluster, clock);
        }
    }

    @Test
    void shouldInjectAClusterAndResetIt() {
        run(2, Cluster.class);
        assertThat(servers()).hasSize(1);
    }

    @StartMemcached(nodes = 2)
    static class ServerOfACluster {
        @Test
        void test(EmbeddedMemcached memcached) {}
    }

    @StartMemcached
    static class ClusterOfOneServer {
        @Test
        void test(EmbeddedMemcachedCluster cluster) {}
    }

    @StartMemcached(nodes = -1)
    static class NegativeCluster {
        @Test
        void test() {}
    }

    @Test
    void shouldRejectParametersThatDoNotMatchTheNumberOfNodes() {
        assertThat(failureOf(ServerOfACluster.class))
                .hasMessageContaining("each node of a cluster has its own EmbeddedMemcached");
        assertThat(failureOf(ClusterOfOneServer.class)).hasMessageContaining("declare @StartMemcached(nodes = 3)");
        assertThat(failureOf(NegativeCluster.class))
                .hasMessageContaining("nodes must be 0 (a single server) or more: -1");
    }

    @StartMemcached(nodes = 3, port = 65534)
    static class ClusterAtTheLastPorts {
        @Test
        void test() {}
    }

    @StartMemcached(port = TakenPort.PORT)
    static class TakenPort {
        static final int PORT = 21_387;

        @Test
        void test() {}
    }

    @Test
    void shouldNameTheDeclarationWhosePortsAreUnavailable() throws IOException {
        assertThat(failureOf(ClusterAtTheLastPorts.class))
                .hasMessage("@StartMemcached on " + ClusterAtTheLastPorts.class
                        + ": 3 nodes do not fit into the ports from 65534 to 65535");
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), TakenPort.PORT));
            assertThat(failureOf(TakenPort.class))
                    .isInstanceOf(ExtensionConfigurationException.class)
                    .hasMessageStartingWith("@StartMemcached on " + TakenPort.class + ": ")
                    .hasMessageContaining("port " + TakenPort.PORT);
        }
    }

    // ---- scopes

    @StartMemcached(scope = Scope.METHOD)
    @Execution(ExecutionMode.CONCURRENT)
    static class OneServerForEach {
        private static final CyclicBarrier BARRIER = new CyclicBarrier(2);
        private final EmbeddedMemcached injected;

        OneServerForEach(EmbeddedMemcached injected) {
            this.injected = injected;
        }

        @Test
        void one(EmbeddedMemcached memcached) throws Exception {
            BARRIER.await(20, TimeUnit.SECONDS);
            assertThat(memcached).isSameAs(injected);
            assertEmptyThenFill(memcached);
            BARRIER.await(20, TimeUnit.SECONDS);
        }

        @Test
        void two(EmbeddedMemcached memcached) throws Exception {
            one(memcached);
        }
    }

    @Test
    void shouldHaveOneServerForEachOfSeveralConcurrentTests() {
        if (!JupiterVersion.passesTestContextToConstructors()) {
            assertThat(failureOf(OneServerForEach.class))
                    .hasMessageContaining("does not pass the context of a test to constructors (5.12 and later do)");
            return;
        }
        run(2, OneServerForEach.class);
        assertThat(servers()).hasSize(2);
    }

    private static final CyclicBarrier CLASS_BARRIER = new CyclicBarrier(2);

    @StartMemcached(scope = Scope.RUN, name = "shared", memory = "4m")
    @Execution(ExecutionMode.CONCURRENT)
    static class OneOfTheRun {
        @Test
        void test(EmbeddedMemcached memcached) throws Exception {
            USED.add(memcached);
            memcached.cache().set(getClass().getName(), VALUE);
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
            assertThat(memcached.cache().get(OneOfTheRun.class.getName())).isEqualTo(VALUE);
            assertThat(memcached.cache().get(OtherOfTheRun.class.getName())).isEqualTo(VALUE);
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class OtherOfTheRun extends OneOfTheRun {}

    @Test
    void shouldShareOneServerInTheWholeRun() {
        run(2, OneOfTheRun.class, OtherOfTheRun.class);
        assertThat(servers()).hasSize(1);
    }

    static class SharedAtMethods {
        @Test
        @StartMemcached(scope = Scope.RUN)
        void one(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }

        @Test
        @StartMemcached(scope = Scope.RUN)
        void two(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }
    }

    @Test
    void shouldShareTheServerOfTheRunWithMethods() {
        run(2, SharedAtMethods.class);
        assertThat(servers()).hasSize(1);
    }

    @StartMemcached(scope = Scope.RUN, name = "shared", memory = "8m")
    static class WithDifferentSettings {
        @Test
        void test() {}
    }

    @StartMemcached(scope = Scope.RUN, name = "shared", memory = "4m", threads = 2)
    static class WithOtherSettings extends WithDifferentSettings {}

    @Test
    void shouldRejectDifferentSettingsOfAServerOfTheRun() {
        assertThat(failureOf(WithDifferentSettings.class, WithOtherSettings.class))
                .hasMessageContaining("share one server for the whole run but have different settings: ")
                .hasMessageFindingMatch("memory is [48]m here and [48]m there")
                .hasMessageFindingMatch("threads is [02] here and [02] there")
                .hasMessageNotContaining("itemSizeMax");
    }

    // ---- together with MemcachedExtension

    @StartMemcached(memory = "4m")
    @ExtendWith(MemcachedExtension.class)
    static class WithAnExtension {
        @RegisterExtension
        static final MemcachedExtension other = new MemcachedExtension();

        @Test
        void test(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached.cache().memoryLimitBytes()).isEqualTo(4 << 20);
            assertThat(other.server()).isNotSameAs(memcached);
        }
    }

    @Test
    void shouldPreferTheDeclaredServerToThatOfAnExtension() {
        run(1, WithAnExtension.class);
    }

    // ---- misuse

    @StartMemcached(name = "a")
    @StartMemcached(name = "b")
    static class WithoutAName {
        @Test
        void test(EmbeddedMemcached memcached) {}
    }

    @StartMemcached(name = "a")
    static class UnknownName {
        @Test
        void test(@Memcached("c") EmbeddedMemcached memcached) {}
    }

    @Test
    void shouldRejectAmbiguousAndUnknownNames() {
        assertThat(failureOf(WithoutAName.class))
                .hasMessageContaining(
                        "the parameter must select one of the memcached servers with @Memcached(\"<name>\"); declared: \"a\", \"b\"");
        assertThat(failureOf(UnknownName.class)).hasMessageContaining("there is no memcached \"c\"; declared: \"a\"");
    }

    @StartMemcached(name = "a")
    @StartMemcached(name = "a", memory = "4m")
    static class SameName {
        @Test
        void test() {}
    }

    @Test
    void shouldRejectTwoServersOfTheSameName() {
        assertThat(failureOf(SameName.class)).hasMessageContaining("have the same name, \"a\"");
    }

    @StartMemcached(name = "a", memory = "lots")
    static class InvalidMemory {
        @Test
        void test() {}
    }

    @StartMemcached(memory = "999999g")
    static class TooMuchMemory {
        @Test
        void test() {}
    }

    @StartMemcached(idleTimeout = "30")
    static class InvalidTimeout {
        @Test
        void test() {}
    }

    @StartMemcached(memory = "1m", itemSizeMax = "3g")
    static class InvalidItemSize {
        @Test
        void test() {}
    }

    @Test
    void shouldReportTheInvalidSettingAndItsDeclaration() {
        assertThat(failureOf(InvalidMemory.class))
                .hasMessageStartingWith("@StartMemcached(name = \"a\") on class ")
                .hasMessageContaining("InvalidMemory: memory must be")
                .hasMessageEndingWith(": \"lots\"");
        assertThat(failureOf(TooMuchMemory.class))
                .hasMessageContaining("TooMuchMemory: memory = \"999999g\": ")
                .hasMessageContaining("is more than this machine's ");
        assertThat(failureOf(InvalidTimeout.class)).hasMessageContaining("idleTimeout must be");
        assertThat(failureOf(InvalidItemSize.class))
                .hasMessageEndingWith(": itemSizeMax (the maximum item size) must be 1k to 1g: \"3g\"");
    }

    @StartMemcached(scope = Scope.METHOD)
    static class ForEachTestInBeforeAll {
        @BeforeAll
        static void before(EmbeddedMemcached memcached) {}

        @Test
        void test() {}
    }

    @StartMemcached(scope = Scope.METHOD)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class ForEachTestInASharedInstance {
        ForEachTestInASharedInstance(EmbeddedMemcached memcached) {}

        @Test
        void test() {}
    }

    @Test
    void shouldRejectSharedUseOfAServerStartedForEachTest() {
        assertThat(failureOf(ForEachTestInBeforeAll.class)).hasMessageContaining("is started for each test");
        assertThat(failureOf(ForEachTestInASharedInstance.class)).hasMessageContaining("is started for each test");
    }
}
