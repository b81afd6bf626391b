package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.testing.TestTls;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Starts a memcached server for the JUnit Jupiter tests of a class, or for one test. No other annotation is needed:
 *
 * <pre>{@code
 * @StartMemcached(memory = "16MB")
 * class SessionStoreTest {
 *     @Test
 *     void storesValues(EmbeddedMemcached memcached) { ... }
 * }
 * }</pre>
 *
 * <p><b>Injected</b> as a parameter of the constructor, a test method or a lifecycle method: {@link EmbeddedMemcached}, its {@link
 * io.github.embeddedmemcached.cache.Cache Cache}, {@link io.github.embeddedmemcached.testing.TestClock TestClock}, {@link
 * io.github.embeddedmemcached.testing.Recording Recording} or {@link io.github.embeddedmemcached.testing.Faults Faults}; with {@link
 * #nodes()} an {@link io.github.embeddedmemcached.EmbeddedMemcachedCluster EmbeddedMemcachedCluster}. The server's address is injected as
 * {@code @Memcached} {@link java.net.InetSocketAddress}. {@link Memcached @Memcached} selects one of several servers by its name; its
 * documentation states which parameters are injected.
 *
 * <p><b>Placement</b>: on a class, the annotation applies to that class, its subclasses and its {@code @Nested} classes; on a
 * method, to that test. It can be used as a meta-annotation. An inner declaration replaces an outer one with the same name.
 *
 * <p><b>Between tests</b>: before each test, before its {@code @BeforeEach} methods, the servers visible to it are
 * {@linkplain EmbeddedMemcached#reset() reset}, and a server that a test has stopped is restarted. Items must therefore be stored in
 * {@code @BeforeEach}: the reset removes those stored in {@code @BeforeAll}.
 *
 * <p><b>Parallel tests</b>: a server is not reset while a test that uses it is running. Of the tests that share a server and run at
 * the same time, only one that begins while no other is running finds it empty. Such tests must use different keys, or each have a
 * server of their own with {@link Scope#METHOD}.
 *
 * <p><b>Failed tests</b>: when a test fails, the last 20 commands that each of its servers received are printed with the failure, as a
 * suppressed exception.
 *
 * <p><b>Real memcached</b>: with {@code -Dembedded-memcached.external=host:port} the same tests run against another memcached, see
 * {@link MemcachedExtension}. For a server with a name, the property is {@code embedded-memcached.external.<name>}.
 *
 * <p>Requires JUnit Jupiter 5.8 or later. With {@link Scope#METHOD}, constructor parameters require 5.12 or later.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(StartMemcached.List.class)
@ExtendWith(StartMemcachedExtension.class)
@SuppressWarnings("exports") // JUnit is not in module-info, see there
public @interface StartMemcached {

    /** Which tests share a server, and thereby when it is started and closed. */
    enum Scope {
        /** One server for the annotated element: the class with its nested classes, or the test method. */
        CLASS,
        /** One server for each test. */
        METHOD,
        /**
         * One server for the whole test run, shared by all declarations with the same name, which must have equal settings. Classes
         * that run at the same time must use different keys, because they share the server.
         */
        RUN;

        // The JVM initializes this enum, the type of an element with a default, when it reads a @StartMemcached. That
        // is before JUnit reads the @ExtendWith of @StartMemcached and thereby loads the extension, a class that
        // implements interfaces of JUnit.
        static {
            JUnitModules.makeReadable();
        }
    }

    /** The container of repeated annotations. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Inherited
    @ExtendWith(StartMemcachedExtension.class)
    @interface List {
        /**
         * Returns the declarations.
         *
         * @return the declarations, one for each server
         */
        StartMemcached[] value();
    }

    /**
     * Returns the server's name, by which {@link Memcached @Memcached} selects one of several servers.
     *
     * @return the name; by default empty, for the server that is selected if no name is given
     */
    String name() default "";

    /**
     * Returns which tests share the server.
     *
     * @return the scope; by default {@link Scope#CLASS}
     */
    Scope scope() default Scope.CLASS;

    /**
     * Returns the number of nodes of a cluster. A reset does not undo the addition and removal of nodes: tests that do this should
     * use {@link Scope#METHOD}.
     *
     * @return 0, the default, for a single server; 1 or more for an {@code EmbeddedMemcachedCluster}
     */
    int nodes() default 0;

    /**
     * Returns the memory limit of the cache, see {@link EmbeddedMemcachedBuilder#memoryLimitBytes}.
     *
     * @return a number with {@code k}, {@code m} or {@code g} (powers of 1024), such as {@code 16m}, {@code 16MB} or {@code 1g}, or a
     *     number of bytes; at least {@code 1m}
     */
    String memory() default "64m";

    /**
     * Returns the maximum item size, see {@link EmbeddedMemcachedBuilder#maxItemSizeBytes}.
     *
     * @return {@code 1k} to {@code 1g} in the format of {@link #memory()}, and at most half of it; by default empty, for 1 MiB, or half
     *     of a memory limit below 2 MiB
     */
    String itemSizeMax() default "";

    /**
     * Returns whether items are evicted when the memory limit is reached, see {@link EmbeddedMemcachedBuilder#eviction}.
     *
     * @return false to reject new items instead
     */
    boolean eviction() default true;

    /**
     * Returns the maximum number of open connections, see {@link EmbeddedMemcachedBuilder#maxConnections}.
     *
     * @return at least 1
     */
    int maxConnections() default 1024;

    /**
     * Returns the number of threads that serve connections.
     *
     * @return 1 to 1024; 0, the default, for one per processor, at most 4
     */
    int threads() default 0;

    /**
     * Returns the time after which an idle connection is closed, see {@link EmbeddedMemcachedBuilder#idleTimeout}.
     *
     * @return a number with {@code ms}, {@code s}, {@code m} (minutes) or {@code h}, such as {@code 30s}; by default empty, for no
     *     timeout
     */
    String idleTimeout() default "";

    /**
     * Returns whether the server uses TLS, with the certificate of {@link TestTls}.
     *
     * @return true to use {@link TestTls#serverContext()}, which clients with {@link TestTls#clientContext()} trust; by default false
     */
    boolean tls() default false;

    /**
     * Returns the name of the user that clients must authenticate as, see {@link EmbeddedMemcachedBuilder#user}.
     *
     * @return the name; by default empty, for no authentication
     */
    String user() default "";

    /**
     * Returns the password of the {@link #user()}.
     *
     * @return the password; required if there is a user
     */
    String password() default "";

    /**
     * Returns the port, for clients whose port is not configurable. Two servers cannot use the same port at the same time. The
     * nodes of a cluster use this port and the ports after it.
     *
     * @return 1 to 65535; by default 0, for a free port
     */
    int port() default 0;

    /**
     * Returns the maximum number of recorded commands, beyond which the oldest are dropped, see {@link EmbeddedMemcached#recording()}.
     *
     * @return the number, by default 1000; 0 to record none, so that no commands are printed when a test fails
     */
    int recordCommands() default 1000;
}
