package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs test classes like those of applications, and checks which servers they used. */
class MemcachedExtensionTest {
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
        assertThat(USED).isNotEmpty().as("servers after their classes").noneMatch(TestRun::isAlive);
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

    // ---- a static field

    static class StaticField {
        @RegisterExtension
        static final MemcachedExtension memcached =
                new MemcachedExtension(EmbeddedMemcached.builder().memoryLimitBytes(4 << 20));

        @BeforeAll
        static void isAvailableInBeforeAll() {
            memcached.cache().set("k", VALUE);
        }

        @BeforeEach
        void isEmptyBeforeEach() {
            assertEmptyThenFill(memcached.server());
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void isEmptyInEachRepetition(int run) {
            assertThat(memcached.cache().get("k")).isEqualTo(VALUE);
            assertThat(memcached.port()).isEqualTo(memcached.address().getPort());
            assertThat(memcached.host()).isEqualTo(memcached.server().host());
        }

        @Nested
        class Inner {
            @Test
            void isTheServerOfTheOuterClass() {
                assertThat(memcached.cache().get("k")).isEqualTo(VALUE);
            }

            @Nested
            class Innermost {
                @Test
                void isTheServerOfTheOuterClass() {
                    assertThat(memcached.cache().get("k")).isEqualTo(VALUE);
                }
            }
        }
    }

    @Test
    void shouldResetTheServerOfAStaticFieldBeforeEachTest() {
        run(5, StaticField.class);
        assertThat(USED).hasSize(5);
        assertThat(servers()).hasSize(1);
    }

    // ---- an instance field

    static class InstanceField {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        @Execution(ExecutionMode.CONCURRENT)
        void one() {
            assertEmptyThenFill(memcached.server());
        }

        @Test
        @Execution(ExecutionMode.CONCURRENT)
        void two(Cache cache) {
            assertEmptyThenFill(memcached.server());
            assertThat(cache).isSameAs(memcached.cache());
        }
    }

    @Test
    void shouldHaveOneServerForEachTestOfAnInstanceField() {
        run(2, InstanceField.class);
        assertThat(servers()).hasSize(2);
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class InstanceFieldOfSharedInstance {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        void one() {
            assertEmptyThenFill(memcached.server());
        }

        @Test
        void two() {
            assertEmptyThenFill(memcached.server());
        }
    }

    @Test
    void shouldHaveOneServerForTheClassWhenItsTestsShareTheInstance() {
        run(2, InstanceFieldOfSharedInstance.class);
        assertThat(USED).hasSize(2);
        assertThat(servers()).hasSize(1);
    }

    // ---- declared at a class or method

    @ExtendWith(MemcachedExtension.class)
    static class Declared {
        private final EmbeddedMemcached memcached;

        Declared(EmbeddedMemcached memcached) {
            this.memcached = memcached;
        }

        @BeforeAll
        static void isInjected(EmbeddedMemcached memcached) {
            assertThat(memcached.isRunning()).isTrue();
        }

        @Test
        void one(EmbeddedMemcached same, Cache cache, @Memcached InetSocketAddress address) {
            assertEmptyThenFill(memcached);
            assertThat(same).isSameAs(memcached);
            assertThat(cache).isSameAs(memcached.cache());
            assertThat(address).isEqualTo(memcached.address());
        }

        @Nested
        class Inner {
            @Test
            void two(EmbeddedMemcached same) {
                assertEmptyThenFill(memcached);
                assertThat(same).isSameAs(memcached);
            }
        }
    }

    @ExtendWith(MemcachedExtension.class)
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class DeclaredForSharedInstance {
        private final Cache cache;

        DeclaredForSharedInstance(Cache cache) {
            this.cache = cache;
        }

        @Test
        void one(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
            assertThat(memcached.cache()).isSameAs(cache);
        }
    }

    static class DeclaredAtMethods {
        @Test
        @ExtendWith(MemcachedExtension.class)
        void one(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }

        @Test
        @ExtendWith(MemcachedExtension.class)
        void two(EmbeddedMemcached memcached) {
            assertEmptyThenFill(memcached);
        }
    }

    @Test
    void shouldInjectOneServerIntoAClassAndTheClassesNestedInIt() {
        run(2, Declared.class);
        assertThat(USED).hasSize(2);
        assertThat(servers()).hasSize(1);
    }

    @Test
    void shouldInjectIntoTheConstructorOfASharedInstance() {
        run(1, DeclaredForSharedInstance.class);
    }

    @Test
    void shouldHaveOneServerForEachMethodThatDeclaresIt() {
        run(2, DeclaredAtMethods.class);
        assertThat(servers()).hasSize(2);
    }

    // ---- a test that stops the server

    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Stopping {
        @RegisterExtension
        static final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        @Order(1)
        void stop() {
            assertEmptyThenFill(memcached.server());
            memcached.server().stop();
        }

        @Test
        @Order(2)
        void runsAgain() {
            assertEmptyThenFill(memcached.server());
        }
    }

    @Test
    void shouldRunAgainAfterATestThatStoppedTheServer() {
        run(2, Stopping.class);
        assertThat(servers()).hasSize(1);
    }

    // ---- in parallel

    @ExtendWith(MemcachedExtension.class)
    @Execution(ExecutionMode.CONCURRENT)
    static class ConcurrentTests {
        /** All tests begin before any of them reads, and all read before any ends. */
        private static final CyclicBarrier BARRIER = new CyclicBarrier(3);

        private static void test(EmbeddedMemcached memcached, String key) throws Exception {
            USED.add(memcached);
            memcached.cache().set(key, VALUE);
            BARRIER.await(20, TimeUnit.SECONDS);
            for (String each : List.of("one", "two", "three")) {
                assertThat(memcached.cache().get(each)).isEqualTo(VALUE);
            }
            BARRIER.await(20, TimeUnit.SECONDS);
        }

        @Test
        void one(EmbeddedMemcached memcached) throws Exception {
            test(memcached, "one");
        }

        @Test
        void two(EmbeddedMemcached memcached) throws Exception {
            test(memcached, "two");
        }

        @Test
        void three(EmbeddedMemcached memcached) throws Exception {
            test(memcached, "three");
        }
    }

    @Test
    void shouldNotResetTheServerWhileATestIsRunning() {
        run(3, ConcurrentTests.class);
        assertThat(USED).hasSize(3);
        assertThat(servers()).hasSize(1);
    }

    /** Ensures that two classes run at the same time. */
    private static final CyclicBarrier CLASS_BARRIER = new CyclicBarrier(2);

    @ExtendWith(MemcachedExtension.class)
    @Execution(ExecutionMode.CONCURRENT)
    static class OneClass {
        @Test
        void test(EmbeddedMemcached memcached) throws Exception {
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
            assertEmptyThenFill(memcached);
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class OtherClass extends OneClass {}

    @Test
    void shouldHaveOneServerForEachOfSeveralConcurrentClasses() {
        run(2, OneClass.class, OtherClass.class);
        assertThat(servers()).hasSize(2);
    }

    abstract static class InheritedStaticField {
        @RegisterExtension
        static final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        void test() throws Exception {
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
            USED.add(memcached.server());
            CLASS_BARRIER.await(20, TimeUnit.SECONDS);
            assertThat(memcached.server().isRunning()).isTrue();
        }
    }

    @Execution(ExecutionMode.CONCURRENT)
    static class OneSubclass extends InheritedStaticField {}

    @Execution(ExecutionMode.CONCURRENT)
    static class OtherSubclass extends InheritedStaticField {}

    @Test
    void shouldCloseTheServerOfAnInheritedFieldAfterTheLastClass() {
        run(2, OneSubclass.class, OtherSubclass.class);
        assertThat(servers()).hasSize(1);
    }

    // ---- misuse

    @Test
    void shouldThrowIfUsedOutsideOfATest() {
        MemcachedExtension unregistered = new MemcachedExtension();
        assertThatThrownBy(unregistered::server)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("@RegisterExtension");
    }
}
