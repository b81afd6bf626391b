/**
 * An embeddable memcached server for the JVM: a cache engine, the memcached protocol, and a listener that hosts them.
 */
module io.github.embeddedmemcached {
    requires static transitive org.jspecify;

    exports io.github.embeddedmemcached;
    exports io.github.embeddedmemcached.cache;
    exports io.github.embeddedmemcached.protocol;
    exports io.github.embeddedmemcached.junit;
    exports io.github.embeddedmemcached.testing;
}
