package io.github.embeddedmemcached.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

class OldVersionTest {
    @StartMemcached
    static class Annotated {
        @Test
        void test() {}
    }

    @ExtendWith(MemcachedExtension.class)
    static class Declared {
        @Test
        void test() {}
    }

    static class InstanceField {
        @RegisterExtension
        final MemcachedExtension memcached = new MemcachedExtension();

        @Test
        void test() {}
    }

    @Test
    void shouldRejectOldVersion() {
        for (Class<?> tests : new Class<?>[] {Annotated.class, Declared.class, InstanceField.class}) {
            var failed = EngineTestKit.engine("junit-jupiter")
                    .selectors(selectClass(tests))
                    .execute()
                    .allEvents()
                    .failed()
                    .list();
            assertThat(failed).hasSize(1);
            assertThat(failed.get(0)
                            .getRequiredPayload(TestExecutionResult.class)
                            .getThrowable()
                            .orElseThrow())
                    .hasMessageContaining("require JUnit Jupiter 5.8 or later, but this version is older");
        }
    }
}
