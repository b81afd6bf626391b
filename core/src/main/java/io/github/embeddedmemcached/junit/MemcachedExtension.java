package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.cache.Cache;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives JUnit Jupiter tests a memcached. Either declared, and injected as a parameter of the constructor, a test method or a
 * lifecycle method ({@link EmbeddedMemcached}, its {@link Cache}, or its address as {@link InetSocketAddress}):
 *
 * <pre>{@code
 * @ExtendWith(MemcachedExtension.class)
 * class SessionStoreTest {
 *     @Test
 *     void remembers(EmbeddedMemcached memcached) { ... }
 * }
 * }</pre>
 *
 * or registered as a field, with settings:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final MemcachedExtension memcached =
 *         new MemcachedExtension(EmbeddedMemcached.builder().memoryLimitBytes(8 << 20));
 * }</pre>
 *
 * <p>Declared at a class, or registered as a static field, there is <b>one server for the class</b> and the {@code @Nested}
 * classes in it. It is emptied before each test, {@code @BeforeEach} methods included, and its statistics are set to zero; a
 * server that a test has stopped runs again. So fill it in {@code @BeforeEach}: what {@code @BeforeAll} puts there is gone.
 * Registered as an instance field, or declared at a method, there is <b>one server for each test</b>.
 *
 * <p>When tests run in parallel, classes have servers of their own. Tests of the same class that run at the same time share
 * theirs, and it isn't emptied under a running test: only a test that begins while no other is running finds it empty. Let
 * such tests use different keys, or register the extension as an instance field. The same is true of classes that run at the
 * same time and inherit one static field.
 *
 * <p>Needs JUnit Jupiter 5.13 or newer.
 */
@SuppressWarnings("exports") // JUnit is not in module-info, see there
public final class MemcachedExtension implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {
    private static final String LEASE = "lease";
    private static final String RUNNING_TEST = "running test";

    private final EmbeddedMemcachedBuilder builder;

    private final Object lock = new Object();
    private @Nullable EmbeddedMemcached server; // guarded by lock; while there are leases
    private int leases; // guarded by lock
    private int runningTests; // guarded by lock

    /** Creates an extension whose server has the defaults: on loopback and a free port. */
    public MemcachedExtension() {
        this(EmbeddedMemcached.builder());
    }

    /**
     * Creates an extension.
     *
     * @param builder the settings that the servers are started with
     */
    public MemcachedExtension(EmbeddedMemcachedBuilder builder) {
        this.builder = Objects.requireNonNull(builder, "builder");
    }

    /**
     * Returns the server.
     *
     * @return the one of the class or the test that is running
     * @throws IllegalStateException outside of one
     */
    public EmbeddedMemcached server() {
        synchronized (lock) {
            if (server == null) {
                throw new IllegalStateException(
                        "there is no server yet, or no longer: it runs while JUnit runs the class or "
                                + "test. Is the field of this extension annotated with @RegisterExtension?");
            }
            return server;
        }
    }

    /**
     * Returns the server's items.
     *
     * @return {@code server().cache()}
     */
    public Cache cache() {
        return server().cache();
    }

    /**
     * Returns where clients connect to.
     *
     * @return {@code server().address()}
     */
    public InetSocketAddress address() {
        return server().address();
    }

    /**
     * Returns the host that clients connect to.
     *
     * @return {@code server().host()}
     */
    public String host() {
        return server().host();
    }

    /**
     * Returns the port that clients connect to.
     *
     * @return {@code server().port()}
     */
    public int port() {
        return server().port();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        lease(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        lease(context);
        store(context).put(RUNNING_TEST, beginTest());
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == EmbeddedMemcached.class || type == Cache.class || type == InetSocketAddress.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        lease(context);
        Class<?> type = parameter.getParameter().getType();
        return type == Cache.class ? cache() : type == InetSocketAddress.class ? address() : server();
    }

    /**
     * Sees to it that a server runs while the context lives. A context whose parent has a lease, as a test's class or a nested
     * class's enclosing one, shares that; JUnit looks up the stores of the parents too, and closes the lease with its store.
     */
    private void lease(ExtensionContext context) {
        ExtensionContext.Store store = store(context);
        if (store.get(LEASE) == null) {
            store.put(LEASE, beginLease());
        }
    }

    private ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(Namespace.create(MemcachedExtension.class, this));
    }

    private AutoCloseable beginLease() {
        synchronized (lock) {
            if (server == null) {
                server = builder.start();
            }
            leases++;
        }
        return this::endLease;
    }

    private void endLease() {
        synchronized (lock) {
            leases--;
            if (leases == 0 && server != null) {
                server.close();
                server = null;
            }
        }
    }

    private AutoCloseable beginTest() {
        synchronized (lock) {
            if (runningTests == 0) {
                empty(server());
            }
            runningTests++;
        }
        return this::endTest;
    }

    private void endTest() {
        synchronized (lock) {
            runningTests--;
        }
    }

    private static void empty(EmbeddedMemcached server) {
        if (!server.isRunning()) {
            server.restart(Items.DROPPED);
        }
        server.cache().flushAll();
        server.cache().resetStatistics();
    }
}
