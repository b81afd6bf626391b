package io.github.embeddedmemcached.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;

/** A test that does not use the JUnit extension. */
class SharedMemcachedTest {
    @RepeatedTest(2)
    void shouldBeEmptyBeforeEachTest() {
        var memcached = SharedMemcached.forNextTest();
        assertThat(memcached.cache().get("product:7")).isNull();
        memcached.cache().set("product:7", new byte[1]);
    }
}
