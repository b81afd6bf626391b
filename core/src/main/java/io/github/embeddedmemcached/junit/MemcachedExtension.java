package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.cache.Cache;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * Starts a memcached server for JUnit Jupiter tests. The extension can be declared; then parameters of the constructor, test methods
 * and lifecycle methods are injected: {@link EmbeddedMemcached}, its {@link Cache}, clock, recording or faults, and its address as
 * {@code @Memcached} {@link InetSocketAddress}. The documentation of {@link Memcached} states which parameters are injected.
 *
 * <pre>{@code
 * @ExtendWith(MemcachedExtension.class)
 * class SessionStoreTest {
 *     @Test
 *     void storesValues(EmbeddedMemcached memcached) { ... }
 * }
 * }</pre>
 *
 * <p>Or it can be registered as a field, with settings:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final MemcachedExtension memcached =
 *         new MemcachedExtension(EmbeddedMemcached.builder().memoryLimitBytes(8 << 20));
 * }</pre>
 *
 * <p>{@link StartMemcached @StartMemcached} is an alternative to the declaration that has settings and supports several servers. If
 * several extensions are registered as fields, obtain their servers from the fields: JUnit rejects a parameter that several
 * extensions support.
 *
 * <p><b>Lifecycle of the server.</b> If the extension is declared on a class or registered as a static field, there is one server for
 * the class and its {@code @Nested} classes. It is {@linkplain EmbeddedMemcached#reset() reset} before each test, before its
 * {@code @BeforeEach} methods, and a server that a test has stopped is restarted. Items must therefore be stored in
 * {@code @BeforeEach}: the reset removes those stored in {@code @BeforeAll}. If the extension is declared on a method or registered
 * as an instance field, there is one server for each test.
 *
 * <p><b>Parallel tests.</b> Each class has its own server. Tests of the same class that run at the same time share the server, and
 * it is not reset while a test is running: only a test that begins while no other is running finds it empty. Such tests must use
 * different keys, or register the extension as an instance field. The same applies to classes that run at the same time and inherit
 * one static field.
 *
 * <p><b>Failed tests.</b> When a test fails, the last 20 commands that the server received are printed with it, as a suppressed
 * exception of the failure, and under Surefire and Failsafe also to standard error, because their {@code trimStackTrace} removes
 * suppressed exceptions. For this purpose the server records its commands: the last 1000, unless the builder sets another number.
 * Only {@link StartMemcached#recordCommands()} can turn this off.
 *
 * <p><b>Real memcached.</b> The same tests run against another memcached if JUnit's configuration parameter, or the system
 * property, {@code embedded-memcached.external=host:port} is set. Then {@link #address()}, {@link #host()}, {@link #port()} and an
 * injected address are those of that server. Before each test its items are removed by {@code flush_all} and its statistics by
 * {@code stats reset}; if that fails, the test fails. A test that requires an embedded server ({@link #server()}, {@link #cache()}
 * or a parameter of such a type) is skipped with a reason; if a constructor or lifecycle method requires it, the whole class is
 * skipped. The builder's settings do not apply to the external server. All tests share it, so tests that cannot share a server must
 * not run in parallel.
 *
 * <p>Thread-safe.
 *
 * <p>Requires JUnit Jupiter 5.8 or later, and on the module path the option {@code --add-reads} that the package's documentation states.
 */
@SuppressWarnings("exports") // JUnit is not in module-info, see there
public final class MemcachedExtension
        implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    static {
        JUnitModules.makeReadable();
    }

    private static final int RECORDED_COMMANDS_MAX = 1000;
    private static final String LEASE = "lease";
    private static final String RUNNING_TEST = "running test";

    private final EmbeddedMemcachedBuilder builder;

    private final Object lock = new Object();
    private @Nullable Fixture fixture; // guarded by lock; non-null while there are leases
    private int leases; // guarded by lock

    /** Creates an extension whose server has the default settings: the loopback address and a free port. */
    public MemcachedExtension() {
        this(EmbeddedMemcached.builder());
    }

    /**
     * Creates an extension.
     *
     * @param builder the settings of the servers; not copied, so it must not be changed while tests run
     */
    public MemcachedExtension(EmbeddedMemcachedBuilder builder) {
        this.builder = Objects.requireNonNull(builder, "builder");
    }

    /**
     * Returns the server.
     *
     * @return the server of the running class or test
     * @throws IllegalStateException if no class or test of this extension is running
     * @throws TestAbortedException if the tests run against an external memcached, so that the test is skipped
     */
    public EmbeddedMemcached server() {
        return (EmbeddedMemcached) target().get(Injectable.SERVER);
    }

    /**
     * Returns the server's cache, for access to its items without a socket.
     *
     * @return {@code server().cache()}
     * @throws IllegalStateException if no class or test of this extension is running
     * @throws TestAbortedException if the tests run against an external memcached
     */
    public Cache cache() {
        return (Cache) target().get(Injectable.CACHE);
    }

    /**
     * Returns the address to which clients connect.
     *
     * @return {@code server().address()}, or the address of the external memcached
     * @throws IllegalStateException if no class or test of this extension is running
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) target().get(Injectable.ADDRESS);
    }

    /**
     * Returns the host to which clients connect.
     *
     * @return the host of {@link #address()}, numeric unless an external memcached is configured by name
     * @throws IllegalStateException if no class or test of this extension is running
     */
    public String host() {
        return address().getHostString();
    }

    /**
     * Returns the port to which clients connect.
     *
     * @return the port of {@link #address()}
     * @throws IllegalStateException if no class or test of this extension is running
     */
    public int port() {
        return address().getPort();
    }

    private Target target() {
        synchronized (lock) {
            if (fixture == null) {
                throw new IllegalStateException(
                        "there is a server only while JUnit runs the class or test. Is the field of this extension annotated with @RegisterExtension?");
            }
            return fixture.target();
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        JupiterVersion.check();
        ExternalTarget external = external(context);
        if (external == null || !Declaration.visibleIn(context).isEmpty()) {
            return ConditionEvaluationResult.enabled("an embedded memcached is used");
        }
        return ExternalTarget.condition(context, parameter -> external);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        lease(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        ConditionEvaluationResult condition =
                evaluateExecutionCondition(context); // JUnit does not evaluate it for an instance field
        if (condition.isDisabled()) {
            throw new TestAbortedException(condition.getReason().orElseThrow());
        }
        Fixture leased = lease(context);
        store(context).put(RUNNING_TEST, leased.beginTest());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        Fixture.Use use = store(context).get(RUNNING_TEST, Fixture.Use.class);
        if (use != null) {
            use.addCommandsToFailure(context);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return Injectable.of(parameter.getParameter()) != null
                && Declaration.visibleIn(context).isEmpty(); // otherwise StartMemcachedExtension resolves it
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        String name = Injectable.serverName(parameter.getParameter());
        if (!name.isEmpty()) {
            throw new ParameterResolutionException("there is no memcached \"" + name
                    + "\": the server of MemcachedExtension has no name. Declare @StartMemcached(name = \"" + name
                    + "\")");
        }
        return lease(context).target().get(Injectable.require(parameter.getParameter()));
    }

    /**
     * Ensures that a server runs during the life of the context. A context shares the lease of its parent, such as the class of a
     * test or the enclosing class of a nested class: JUnit also searches the stores of the parents, and closes the lease with its
     * store.
     */
    private Fixture lease(ExtensionContext context) {
        ExtensionContext.Store store = store(context);
        Lease lease = store.get(LEASE, Lease.class);
        if (lease == null) {
            lease = new Lease(beginLease(context));
            store.put(LEASE, lease);
        }
        return lease.leased;
    }

    private final class Lease implements StoredResource {
        private final Fixture leased;

        private Lease(Fixture leased) {
            this.leased = leased;
        }

        @Override
        public void close() {
            endLease();
        }
    }

    private ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(Namespace.create(MemcachedExtension.class, this));
    }

    private static @Nullable ExternalTarget external(ExtensionContext context) {
        return ExternalTarget.of(context, "", "", "");
    }

    private Fixture beginLease(ExtensionContext context) {
        ExternalTarget external = external(context);
        synchronized (lock) {
            if (fixture == null) {
                fixture = external != null
                        ? external.fixture(context)
                        : new Fixture(ServerTarget.start(builder, RECORDED_COMMANDS_MAX));
            }
            leases++;
            return fixture;
        }
    }

    private void endLease() {
        synchronized (lock) {
            leases--;
            if (leases == 0 && fixture != null) {
                fixture.close();
                fixture = null;
            }
        }
    }
}
