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
 * Gives a JUnit Jupiter test a memcached, all by itself:
 *
 * <pre>{@code
 * @StartMemcached(memory = "16MB")
 * class SessionStoreTest {
 *     @Test
 *     void remembers(EmbeddedMemcached memcached) { ... }
 * }
 * }</pre>
 *
 * <p><b>Injected</b> as a parameter of the constructor, a test method or a lifecycle method: {@link EmbeddedMemcached}, its {@link
 * io.github.embeddedmemcached.cache.Cache Cache}, {@link io.github.embeddedmemcached.testing.ManualClock ManualClock}, {@link
 * io.github.embeddedmemcached.testing.Recording Recording} or {@link io.github.embeddedmemcached.testing.Faults Faults}; with {@link
 * #nodes()} an {@link io.github.embeddedmemcached.EmbeddedMemcachedCluster EmbeddedMemcachedCluster}. The server's address is injected as
 * {@code @Memcached} {@link java.net.InetSocketAddress}. Several servers have names, which {@link Memcached @Memcached} selects; it also
 * documents which parameters are injected.
 *
 * <p><b>Where</b>: at a class it means that class, its subclasses and the {@code @Nested} classes in it; at a method that test. It
 * may stand at an annotation of your own. A declaration further in takes the place of one further out that has the same name.
 *
 * <p><b>Between tests</b>: before each test, {@code @BeforeEach} methods included, the servers that it sees are {@linkplain
 * EmbeddedMemcached#reset() reset}; one that a test has stopped runs again. So fill them in {@code @BeforeEach}: what
 * {@code @BeforeAll} puts there is gone. Nothing is reset under a running test: of tests that share a server and run at the same
 * time, only one that begins while no other runs finds it empty. Let those use different keys, or give each its own, by
 * {@link Scope#METHOD}.
 *
 * <p><b>When a test fails</b>, the last 20 commands of each of its servers are printed with it, as a suppressed exception of the failure.
 *
 * <p><b>Against a real memcached</b> the same tests run with {@code -Dembedded-memcached.external=host:port}, see {@link
 * MemcachedExtension}; for a server with a name it is {@code embedded-memcached.external.<name>}.
 *
 * <p>Needs JUnit Jupiter 5.8 or newer. With {@link Scope#METHOD}, the parameters of a constructor need 5.12 or newer.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(StartMemcached.List.class)
@ExtendWith(StartMemcachedExtension.class)
@SuppressWarnings("exports") // JUnit is not in module-info, see there
public @interface StartMemcached {

    /** How long a server lives. */
    enum Scope {
        /** As long as what is annotated: the class, with its nested classes, or the method. */
        CLASS,
        /** One for each test. */
        METHOD,
        /**
         * One for the whole test run, shared by all declarations of its name. They have to agree in their settings, and as it is
         * one and the same server, classes that run at the same time should use different keys.
         */
        RUN;

        // The JVM initializes this class, the type of an element with a default, when it reads a @StartMemcached. It
        // does so before JUnit
        // can read the @ExtendWith of @StartMemcached, and with it load the extension, a class that implements
        // interfaces of JUnit.
        static {
            JUnitModules.makeReadable();
        }
    }

    /** Several servers. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @Inherited
    @ExtendWith(StartMemcachedExtension.class)
    @interface List {
        /**
         * Returns the servers.
         *
         * @return one declaration for each
         */
        StartMemcached[] value();
    }

    /**
     * Returns the name that {@link Memcached @Memcached} says, where there are several servers.
     *
     * @return the name; by default empty, the server that is meant where no name is given
     */
    String name() default "";

    /**
     * Returns how long the server lives.
     *
     * @return the scope; by default as long as what is annotated
     */
    Scope scope() default Scope.CLASS;

    /**
     * Returns how many nodes make up a cluster. Those that a test adds or removes stay so: such tests do best with {@link
     * Scope#METHOD}.
     *
     * @return 0, the default, for one server and no cluster; from 1 on an {@code EmbeddedMemcachedCluster}
     */
    int nodes() default 0;

    /**
     * Returns how much memory the cache may take, see {@link EmbeddedMemcachedBuilder#memoryLimitBytes}.
     *
     * @return a number with {@code k}, {@code m} or {@code g}, such as {@code 16m}, {@code 16MB} or {@code 1g}, or a number of bytes
     */
    String memory() default "64m";

    /**
     * Returns the size of the largest item, see {@link EmbeddedMemcachedBuilder#itemSizeMaxBytes}.
     *
     * @return as {@link #memory()}; by default empty: 1 MiB, or half of a memory limit below 2 MiB
     */
    String itemSizeMax() default "";

    /**
     * Returns whether items are dropped to make room for new ones, see {@link EmbeddedMemcachedBuilder#eviction}.
     *
     * @return false to refuse new items instead
     */
    boolean eviction() default true;

    /**
     * Returns how many connections are served at the same time.
     *
     * @return at least 1
     */
    int maxConnections() default 1024;

    /**
     * Returns how many threads serve the connections.
     *
     * @return 0, the default, for as many as the builder says
     */
    int threads() default 0;

    /**
     * Returns after how long a silent connection is closed, see {@link EmbeddedMemcachedBuilder#idleTimeout}.
     *
     * @return a number with {@code ms}, {@code s}, {@code m} or {@code h}, such as {@code 30s}; by default empty: never
     */
    String idleTimeout() default "";

    /**
     * Returns whether the server speaks TLS, with the certificate of {@link TestTls}.
     *
     * @return true for {@link TestTls#serverContext()}; clients trust it with {@link TestTls#clientContext()}
     */
    boolean tls() default false;

    /**
     * Returns the user as whom clients have to log in, see {@link EmbeddedMemcachedBuilder#user}.
     *
     * @return the name; by default empty: nobody has to
     */
    String user() default "";

    /**
     * Returns the user's password.
     *
     * @return the password
     */
    String password() default "";

    /**
     * Returns the port, for a client that can't be told another one. Two servers can't have the same at the
     * same time; the nodes of a cluster have this one and those after it.
     *
     * @return the port; by default 0, a free one
     */
    int port() default 0;

    /**
     * Returns how many commands are recorded, the oldest being dropped; see {@link EmbeddedMemcached#recording()}.
     *
     * @return the number; 0 to record none, so that none are printed when a test fails
     */
    int recordCommands() default 1000;
}
