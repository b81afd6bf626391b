package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import net.spy.memcached.MemcachedClient;
import org.junit.Before;
import org.junit.ClassRule;
import org.junit.jupiter.api.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;

/** Runs a JUnit 4 test class that uses {@link MemcachedRule}. */
class JUnit4Test {
    public static class Junit4Tests {
        @ClassRule
        public static final MemcachedRule memcached = new MemcachedRule();

        @Before
        public void reset() {
            memcached.server().reset();
        }

        @org.junit.Test
        public void shouldStoreAValue() throws Exception {
            MemcachedClient client = new MemcachedClient(memcached.server().address());
            assertThat(client.get("key")).isNull();
            client.set("key", 0, "value").get();
            assertThat(client.get("key")).isEqualTo("value");
            client.shutdown();
        }

        @org.junit.Test
        public void shouldBeEmptyBeforeEachTest() throws Exception {
            shouldStoreAValue();
        }
    }

    @Test
    void shouldRunJUnit4Tests() {
        Result result = JUnitCore.runClasses(Junit4Tests.class);
        assertThat(result.getFailures()).isEmpty();
        assertThat(result.getRunCount()).isEqualTo(2);
    }
}
