/**
 * An embeddable memcached server for the JVM: a cache engine, the memcached protocol, and a listener that hosts them.
 *
 * <p>The package {@code io.github.embeddedmemcached.junit} needs JUnit Jupiter, which this module does not require: {@code requires static}
 * would put JUnit on the module path of every modular application that tests with it, without resolving it, so that its tests would not
 * find JUnit. The package's documentation states how a modular application uses it.
 */
module io.github.embeddedmemcached {
    requires static transitive org.jspecify;
    // optional: MBeans of named caches and servers, and the machine's memory where there is no /proc/meminfo
    requires static java.management;
    requires static jdk.management;
    requires static jdk.jfr; // optional: events for the Flight Recorder

    exports io.github.embeddedmemcached;
    exports io.github.embeddedmemcached.cache;
    exports io.github.embeddedmemcached.protocol;
    exports io.github.embeddedmemcached.junit;
    exports io.github.embeddedmemcached.testing;

    opens io.github.embeddedmemcached.junit; // JUnit creates the extension by reflection
}
