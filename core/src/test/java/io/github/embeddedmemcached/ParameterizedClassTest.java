package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.junit.Memcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventConditions;

/**
 * Tests the JUnit extension with {@code @ParameterizedClass}, which requires JUnit Jupiter 5.13. This class is not in the package
 * of the extension's other tests, since those also run with older versions.
 */
class ParameterizedClassTest {
    private static final Cache ARGUMENT =
            Cache.builder().memoryLimitBytes(2 << 20).build();

    @StartMemcached
    @ParameterizedClass
    @MethodSource("caches")
    static class CacheAsArgument {
        static Stream<Cache> caches() {
            return Stream.of(ARGUMENT);
        }

        private final Cache argument;
        private final EmbeddedMemcached memcached;

        CacheAsArgument(Cache argument, @Memcached EmbeddedMemcached memcached) {
            this.argument = argument;
            this.memcached = memcached;
        }

        @Test
        void test(Cache cache) {
            assertThat(argument).isSameAs(ARGUMENT);
            assertThat(cache).isSameAs(memcached.cache());
        }

        @Nested
        @ParameterizedClass
        @ValueSource(ints = 1)
        class NumberAsArgument {
            private final Cache cache;

            NumberAsArgument(int number, Cache cache) {
                assertThat(number).isOne();
                this.cache = cache;
            }

            @Test
            void test() {
                assertThat(cache).isSameAs(memcached.cache());
            }
        }
    }

    @Test
    void shouldNotReplaceArgumentsOfParameterizedClasses() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(CacheAsArgument.class))
                .execute()
                .testEvents()
                .assertStatistics(s -> s.started(2).succeeded(2));
    }

    @StartMemcached
    @ParameterizedClass
    @MethodSource("named")
    static class ArgumentsOfLifecycleMethods {
        static Stream<Arguments> named() {
            return Stream.of(Arguments.of("label", ARGUMENT));
        }

        private static Cache injected = ARGUMENT;

        ArgumentsOfLifecycleMethods(String label, Cache argument) {
            assertThat(argument).isSameAs(ARGUMENT);
        }

        @BeforeParameterizedClassInvocation
        static void before(String label, Cache argument) {
            assertThat(argument).isSameAs(ARGUMENT);
        }

        @BeforeParameterizedClassInvocation(injectArguments = false)
        static void beforeWithoutArguments(Cache own) {
            assertThat(own).isNotSameAs(ARGUMENT);
            injected = own;
        }

        @AfterParameterizedClassInvocation
        static void after(String label, Cache argument, @Memcached Cache own) {
            assertThat(argument).isSameAs(ARGUMENT);
            assertThat(own).isSameAs(injected);
        }

        @Test
        void test(Cache own) {
            assertThat(own).isSameAs(injected);
        }
    }

    @StartMemcached
    @ParameterizedClass
    @ValueSource(ints = 1)
    static class ArgumentInAField {
        @Parameter
        int number;

        private final Cache own;

        ArgumentInAField(Cache own) {
            this.own = own;
        }

        @BeforeParameterizedClassInvocation
        static void before(int number, Cache own) {
            assertThat(number).isOne();
            assertThat(own).isNotNull();
        }

        @Test
        void test(EmbeddedMemcached memcached) {
            assertThat(number).isOne();
            assertThat(own).isSameAs(memcached.cache());
        }
    }

    @Test
    void shouldNotReplaceArgumentsOfLifecycleMethods() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(ArgumentsOfLifecycleMethods.class), selectClass(ArgumentInAField.class))
                .execute()
                .allEvents()
                .assertThatEvents()
                .doNotHave(EventConditions.event(EventConditions.finishedWithFailure()))
                .haveExactly(2, EventConditions.event(EventConditions.test(), EventConditions.finishedSuccessfully()));
    }
}
