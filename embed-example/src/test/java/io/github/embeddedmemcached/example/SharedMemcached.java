package io.github.embeddedmemcached.example;

import io.github.embeddedmemcached.EmbeddedMemcached;

/**
 * A server for test frameworks other than JUnit Jupiter, or for several test classes. It starts on first use and ends with the JVM, because
 * its threads are daemon threads.
 */
final class SharedMemcached {
    private static final EmbeddedMemcached MEMCACHED = EmbeddedMemcached.start();

    private SharedMemcached() {}

    /** Resets and returns the server. Must be called before each test, in TestNG's {@code @BeforeMethod} or Spock's {@code setup}. */
    static EmbeddedMemcached forNextTest() {
        MEMCACHED.reset();
        return MEMCACHED;
    }
}
