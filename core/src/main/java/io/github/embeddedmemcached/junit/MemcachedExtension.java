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
 * Provides JUnit Jupiter tests with a memcached. It is either declared, and injected as a parameter of the constructor, a test method or
 * a lifecycle method: {@link EmbeddedMemcached}, its {@link Cache}, clock, recording or faults, and its address as {@code @Memcached}
 * {@link InetSocketAddress}. {@link Memcached} documents which parameters are injected.
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
 * <p>{@link StartMemcached @StartMemcached} does the first with settings and several servers. Where several extensions are registered
 * as fields, take their servers from the fields: JUnit rejects a parameter that all of them support.
 *
 * <p>Declared at a class, or registered as a static field, there is <b>one server for the class</b> and the {@code @Nested}
 * classes in it. It is {@linkplain EmbeddedMemcached#reset() reset} before each test, {@code @BeforeEach} methods included; a
 * server that a test has stopped runs again. So fill it in {@code @BeforeEach}: what {@code @BeforeAll} puts there is gone.
 * Registered as an instance field, or declared at a method, there is <b>one server for each test</b>.
 *
 * <p>When tests run in parallel, classes have servers of their own. Tests of the same class that run at the same time share
 * theirs, and it isn't reset under a running test: only a test that begins while no other is running finds it empty. Let
 * such tests use different keys, or register the extension as an instance field. The same is true of classes that run at the
 * same time and inherit one static field.
 *
 * <p><b>When a test fails</b>, the last 20 commands that the server received are printed with it, as a suppressed exception of the
 * failure, and under Surefire and Failsafe to standard error too, because their {@code trimStackTrace} drops suppressed exceptions.
 * For this the server records its commands, the last 1000 unless the builder says another number; {@link
 * StartMemcached#recordCommands()} can switch it off.
 *
 * <p><b>Against a real memcached</b> the same tests run with JUnit's configuration parameter, or system property, {@code
 * embedded-memcached.external=host:port}. Then {@link #address()}, {@link #host()}, {@link #port()} and an injected address
 * are that server's, and it is emptied before each test by {@code flush_all}, its statistics by {@code stats reset}; if it can't be,
 * the test fails. A test that asks for what only an embedded server has, {@link #server()}, {@link #cache()} or such a parameter,
 * is skipped, and the reason is given; so is a whole class whose constructor or lifecycle method asks for it. The other server's
 * settings are its owner's affair. It is a single one: don't run tests in parallel that can't share a server.
 *
 * <p>Needs JUnit Jupiter 5.8 or newer, and on the module path the option {@code --add-reads} that the package's documentation states.
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
    private @Nullable Fixture fixture; // guarded by lock; while there are leases
    private int leases; // guarded by lock

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
        return (EmbeddedMemcached) target().get(Injectable.SERVER);
    }

    /**
     * Returns the server's items.
     *
     * @return {@code server().cache()}
     */
    public Cache cache() {
        return (Cache) target().get(Injectable.CACHE);
    }

    /**
     * Returns where clients connect to.
     *
     * @return {@code server().address()}, or the external server's
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) target().get(Injectable.ADDRESS);
    }

    /**
     * Returns the host that clients connect to.
     *
     * @return that of {@link #address()}, numeric unless an external server was given by name
     */
    public String host() {
        return address().getHostString();
    }

    /**
     * Returns the port that clients connect to.
     *
     * @return that of {@link #address()}
     */
    public int port() {
        return address().getPort();
    }

    private Target target() {
        synchronized (lock) {
            if (fixture == null) {
                throw new IllegalStateException(
                        "there is no server yet, or no longer: it runs while JUnit runs the class or "
                                + "test. Is the field of this extension annotated with @RegisterExtension?");
            }
            return fixture.target();
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        JupiterVersion.check();
        ExternalTarget external = external(context);
        if (external == null || !Declaration.visibleIn(context).isEmpty()) {
            return ConditionEvaluationResult.enabled("an embedded memcached runs");
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
                evaluateExecutionCondition(context); // nobody asks it of an instance field
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
            use.explain(context);
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
                    + "\": the server of MemcachedExtension has no name, @StartMemcached(name = \"" + name
                    + "\") declares one");
        }
        return lease(context).target().get(Injectable.require(parameter.getParameter()));
    }

    /**
     * Sees to it that a server runs while the context lives. A context whose parent has a lease, as a test's class or a nested
     * class's enclosing one, shares that; JUnit looks up the stores of the parents too, and closes the lease with its store.
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

    private final class Lease implements Stored {
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
