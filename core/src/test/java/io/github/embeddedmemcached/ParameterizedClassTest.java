package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.junit.Memcached;
import io.github.embeddedmemcached.junit.StartMemcached;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.testkit.engine.EngineTestKit;

/**
 * The JUnit extension beside {@code @ParameterizedClass}, which came with JUnit Jupiter 5.13: not in the package of the other tests, which
 * run with older versions too.
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
    void shouldLeaveTheArgumentsOfParameterizedClassesAlone() {
        EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(CacheAsArgument.class))
                .execute()
                .testEvents()
                .assertStatistics(s -> s.started(2).succeeded(2));
    }
}
