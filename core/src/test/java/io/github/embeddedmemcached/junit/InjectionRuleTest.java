package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.testing.Recording;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs test classes whose parameters other extensions resolve: JUnit fails a test if two extensions support a parameter. */
class InjectionRuleTest {
    /** The values that the other extension injects. */
    private static final InetSocketAddress OTHER_ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    private static final Cache OTHER_CACHE =
            Cache.builder().memoryLimitBytes(2 << 20).build();

    /** Represents Spring's annotation: {@code @Autowired} and {@code @Inject} are recognized by their simple names. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface Autowired {}

    @Retention(RetentionPolicy.RUNTIME)
    @interface Mock {}

    @Retention(RetentionPolicy.RUNTIME)
    @interface Nonnull {}

    /** Supports every parameter of an autowired constructor, every annotated parameter, and addresses. */
    static final class OtherExtension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return !parameter.isAnnotated(Memcached.class)
                    && (parameter.getParameter().getType() == InetSocketAddress.class
                            || parameter.isAnnotated(Autowired.class)
                            || parameter.isAnnotated(Mock.class)
                            || parameter.getDeclaringExecutable().isAnnotationPresent(Autowired.class));
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Cache.class ? OTHER_CACHE : OTHER_ADDRESS;
        }
    }

    private static void assertSuccess(int tests, Class<?> testClass) {
        var results = TestRun.execute(testClass);
        assertThat(TestRun.failures(results)).isEmpty();
        results.testEvents().assertStatistics(s -> s.started(tests).succeeded(tests));
    }

    @StartMemcached
    @ExtendWith(OtherExtension.class)
    static class WithAnotherExtension {
        @BeforeEach
        void before(InetSocketAddress other, @Memcached InetSocketAddress own, EmbeddedMemcached memcached) {
            test(other, own, memcached);
        }

        @Test
        void test(InetSocketAddress other, @Memcached InetSocketAddress own, EmbeddedMemcached memcached) {
            assertThat(other).isSameAs(OTHER_ADDRESS);
            assertThat(own).isEqualTo(memcached.address());
        }

        @Test
        void annotated(@Autowired Cache bean, @Mock Cache mock, @Nonnull Cache own, EmbeddedMemcached memcached) {
            assertThat(bean).isSameAs(OTHER_CACHE);
            assertThat(mock).isSameAs(OTHER_CACHE);
            assertThat(own).isSameAs(memcached.cache());
        }
    }

    @ExtendWith({MemcachedExtension.class, OtherExtension.class})
    static class DeclaredWithAnotherExtension extends WithAnotherExtension {}

    @ExtendWith({MemcachedExtension.class, OtherExtension.class})
    static class AutowiredConstructor {
        private final Cache bean;

        @Autowired
        AutowiredConstructor(Cache bean) {
            this.bean = bean;
        }

        @Test
        void test(InetSocketAddress other, @Memcached InetSocketAddress own, EmbeddedMemcached memcached) {
            assertThat(bean).isSameAs(OTHER_CACHE);
            assertThat(other).isSameAs(OTHER_ADDRESS);
            assertThat(own).isEqualTo(memcached.address());
        }
    }

    @Test
    void shouldNotInjectParametersOfOtherExtensions() {
        assertSuccess(2, WithAnotherExtension.class);
        assertSuccess(2, DeclaredWithAnotherExtension.class);
        assertSuccess(1, AutowiredConstructor.class);
    }

    @StartMemcached
    static class Parameterized {
        static Stream<InetSocketAddress> addresses() {
            return Stream.of(OTHER_ADDRESS);
        }

        static Stream<Arguments> caches() {
            return Stream.of(Arguments.of(OTHER_CACHE, OTHER_CACHE));
        }

        @ParameterizedTest
        @MethodSource("addresses")
        void addresses(InetSocketAddress other, @Memcached InetSocketAddress own, EmbeddedMemcached memcached) {
            assertThat(other).isSameAs(OTHER_ADDRESS);
            assertThat(own).isEqualTo(memcached.address());
        }

        static Stream<Arguments> named() {
            return Stream.of(Arguments.of("label", OTHER_CACHE));
        }

        @ParameterizedTest
        @MethodSource("named")
        void labelled(String label, Cache cache, @Memcached EmbeddedMemcached memcached, Recording recording) {
            assertThat(label).isEqualTo("label");
            assertThat(cache).isSameAs(OTHER_CACHE);
            assertThat(recording).isSameAs(memcached.recording());
        }

        @ParameterizedTest
        @MethodSource("caches")
        void caches(Cache one, Cache two, @Memcached EmbeddedMemcached memcached) {
            assertThat(one).isSameAs(two).isSameAs(OTHER_CACHE);
            assertThat(memcached.isRunning()).isTrue();
        }
    }

    @Test
    void shouldNotReplaceArgumentsOfParameterizedTests() {
        assertSuccess(3, Parameterized.class);
    }

    @Retention(RetentionPolicy.RUNTIME)
    @NullAndEmptySource
    @ValueSource(strings = "x")
    @interface Strings {}

    @StartMemcached
    static class ParameterizedByLiterals {
        @ParameterizedTest
        @CsvSource({"1, a", "2, b"})
        void columns(int number, String letter, EmbeddedMemcached memcached, Cache own) {
            assertThat(own).isSameAs(memcached.cache());
        }

        @ParameterizedTest
        @CsvSource("1, a")
        void aggregated(ArgumentsAccessor arguments, Cache own) {
            assertThat(arguments.size()).isEqualTo(2);
            assertThat(own).isNotNull();
        }

        @ParameterizedTest
        @EnumSource(StartMemcached.Scope.class)
        void constants(StartMemcached.Scope scope, Cache own) {
            assertThat(own).isNotNull();
        }

        @ParameterizedTest
        @Strings
        void composed(String text, Cache own) {
            assertThat(own).isNotNull();
        }

        @ParameterizedTest
        @NullSource
        void absent(Cache absent, Cache own) {
            assertThat(absent).isNull();
            assertThat(own).isNotNull();
        }
    }

    @Test
    void shouldInjectAfterLiteralArguments() {
        assertSuccess(10, ParameterizedByLiterals.class);
    }

    @StartMemcached
    static class ParameterizedWithoutAnnotation {
        static Stream<Arguments> numbers() {
            return Stream.of(Arguments.of(1));
        }

        @ParameterizedTest
        @MethodSource("numbers")
        void test(int number, Cache cache) {}
    }

    @Test
    void shouldNotInjectWithoutAnnotationIfTheSourceMayProvideTheType() {
        assertThat(TestRun.failures(TestRun.execute(ParameterizedWithoutAnnotation.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("No ParameterResolver registered"));
    }

    @StartMemcached
    static class AddressWithoutAnnotation {
        @Test
        void test(InetSocketAddress address) {}
    }

    @ExtendWith(MemcachedExtension.class)
    static class NameWithoutDeclaration {
        @Test
        void test(@Memcached("pages") Cache cache) {}
    }

    @Test
    void shouldNotInjectTypesOfTheJdkOrUndeclaredNames() {
        assertThat(TestRun.failures(TestRun.execute(AddressWithoutAnnotation.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessageContaining("No ParameterResolver registered"));
        assertThat(TestRun.failures(TestRun.execute(NameWithoutDeclaration.class)))
                .singleElement()
                .satisfies(failure -> assertThat(failure)
                        .hasMessageContaining(
                                "there is no memcached \"pages\": the server of MemcachedExtension has no name"));
    }
}
