package io.github.embeddedmemcached.example;

import io.github.embeddedmemcached.EmbeddedMemcached;

/**
 * For test frameworks other than JUnit Jupiter, and for what outlives a test class: started when the first test asks for it, gone
 * with the JVM, as its threads are daemons.
 */
final class SharedMemcached {
    private static final EmbeddedMemcached MEMCACHED = EmbeddedMemcached.start();

    private SharedMemcached() {}

    /** To be called before each test: TestNG's {@code @BeforeMethod}, Spock's {@code setup}. */
    static EmbeddedMemcached forNextTest() {
        MEMCACHED.reset();
        return MEMCACHED;
    }
}
