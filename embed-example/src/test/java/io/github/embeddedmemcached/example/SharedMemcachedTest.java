package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;

/** Nothing of JUnit is needed but the test itself. */
class SharedMemcachedTest {
    @RepeatedTest(2)
    void shouldBeginEmpty() {
        var memcached = SharedMemcached.forNextTest();
        assertThat(memcached.cache().get("product:7")).isNull();
        memcached.cache().set("product:7", new byte[1]);
    }
}
