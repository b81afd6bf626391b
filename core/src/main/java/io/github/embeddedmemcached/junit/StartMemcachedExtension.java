package io.github.embeddedmemcached.junit;

import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstantiationAwareExtension.ExtensionContextScope;

/**
 * Runs the servers that {@link StartMemcached} declares. The store of the context to which a server belongs (the class, the test,
 * or JUnit's root) contains it, with its declaration as the key. JUnit also searches the stores of the parents, and closes the
 * server with the store that contains it.
 */
final class StartMemcachedExtension
        implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(StartMemcachedExtension.class);

    private static final Object RUN_LOCK = new Object(); // guards check-then-act on the root store

    /** A server of the whole run and its first declaration. */
    private record RunServer(Declaration declaration, Fixture fixture) implements StoredResource {
        @Override
        public void close() {
            fixture.close();
        }
    }

    // keys of the stores, before the name of a server
    private static final String RUN = "run ";
    private static final String USE = "use ";

    /**
     * Requests the context of the test when its instance is created, so that the server of the test can be injected into the
     * constructor. Overrides a method that {@link ParameterResolver} has since JUnit Jupiter 5.12; older versions do not call it
     * and do not load its return type.
     */
    @SuppressWarnings("MissingOverride") // compiled against JUnit Jupiter 5.8
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        JupiterVersion.check();
        Map<String, Declaration> visible = Declaration.visibleIn(context);
        for (Declaration each : visible.values()) {
            ExternalTarget external = external(each, context);
            if (external != null && each.settings().tls()) {
                return ConditionEvaluationResult.disabled(external.skipReason("TLS, with a certificate that only"));
            }
        }
        return ExternalTarget.condition(context, parameter -> {
            Declaration declaration = find(visible, parameter);
            return declaration == null ? null : external(declaration, context);
        });
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        for (Declaration each : Declaration.visibleIn(context).values()) {
            if (!each.isForOneTest()) {
                fixture(each, context);
            }
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        for (Declaration each : Declaration.visibleIn(context).values()) {
            store(context).put(USE + each.name(), fixture(each, context).beginTest());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (Declaration each : Declaration.visibleIn(context).values()) {
            Fixture.Use use = store(context).get(USE + each.name(), Fixture.Use.class);
            if (use != null) { // null if it could not be started
                use.addCommandsToFailure(context);
            }
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return Injectable.of(parameter.getParameter()) != null;
    }

    @Override
    public Object resolveParameter(ParameterContext context, ExtensionContext extensionContext) {
        Parameter parameter = context.getParameter();
        Map<String, Declaration> visible = Declaration.visibleIn(scopeOf(parameter, extensionContext));
        Declaration declaration = find(visible, parameter);
        if (declaration == null) {
            String name = Injectable.serverName(parameter);
            String problem = !name.isEmpty()
                    ? "there is no memcached \"" + name + "\""
                    : "the parameter must select one of the memcached servers with @Memcached(\"<name>\")";
            throw new ParameterResolutionException(problem + "; declared: "
                    + visible.keySet().stream().map(each -> '"' + each + '"').collect(Collectors.joining(", ")));
        }
        if (declaration.isForOneTest() && lacksTestContext(parameter, extensionContext)) {
            throw new ParameterResolutionException(
                    declaration
                            + " is started for each test, but this version of JUnit Jupiter does not pass the context of a test to "
                            + "constructors (5.12 and later do): declare the parameter in the test method or a @BeforeEach method");
        }
        return fixture(declaration, extensionContext).target().get(Injectable.require(parameter));
    }

    /** Returns whether a constructor is called for one test, by a version of JUnit Jupiter that does not pass the context of the test. */
    private static boolean lacksTestContext(Parameter parameter, ExtensionContext context) {
        return parameter.getDeclaringExecutable() instanceof Constructor
                && !JupiterVersion.passesTestContextToConstructors()
                && !context.getTestInstanceLifecycle().equals(Optional.of(TestInstance.Lifecycle.PER_CLASS));
    }

    /** Returns the context whose servers are visible. For a constructor it is that of its class, although the test may belong to a nested class. */
    private static ExtensionContext scopeOf(Parameter parameter, ExtensionContext context) {
        if (parameter.getDeclaringExecutable() instanceof Constructor<?> constructor) {
            for (Optional<ExtensionContext> each = Optional.of(context);
                    each.isPresent();
                    each = each.flatMap(ExtensionContext::getParent)) {
                if (each.flatMap(ExtensionContext::getElement)
                        .filter(constructor.getDeclaringClass()::equals)
                        .isPresent()) {
                    return each.get();
                }
            }
        }
        return context;
    }

    /** Finds the server to which a parameter refers; null if there is none, or if the reference is ambiguous. */
    private static @Nullable Declaration find(Map<String, Declaration> visible, Parameter parameter) {
        String name = Injectable.serverName(parameter);
        return name.isEmpty() && visible.size() == 1
                ? visible.values().iterator().next()
                : visible.get(name);
    }

    private static @Nullable ExternalTarget external(Declaration declaration, ExtensionContext context) {
        StartMemcached settings = declaration.settings();
        return ExternalTarget.of(context, declaration.name(), settings.user(), settings.password());
    }

    /** Finds a server, or starts it and puts it into the store of the context to which it belongs. */
    private static Fixture fixture(Declaration declaration, ExtensionContext context) {
        ExternalTarget external = external(declaration, context);
        if (external != null) {
            return external.fixture(context);
        }
        if (declaration.isForTheRun()) {
            return runFixture(declaration, context);
        }
        Fixture fixture = store(context).get(declaration, Fixture.class);
        if (fixture == null) {
            ExtensionContext owner = owner(declaration, context);
            fixture = new Fixture(declaration.start());
            store(owner).put(declaration, fixture);
        }
        return fixture;
    }

    private static ExtensionContext owner(Declaration declaration, ExtensionContext context) {
        if (declaration.isForOneTest()) {
            if (context.getTestMethod().isEmpty()) {
                throw new ParameterResolutionException(
                        declaration
                                + " is started for each test, so it cannot be injected into a constructor or method that several tests share");
            }
            return context;
        }
        ExtensionContext owner = context;
        while (!owner.getElement().equals(Optional.of(declaration.element()))) {
            owner = owner.getParent().orElseThrow();
        }
        return owner;
    }

    private static Fixture runFixture(Declaration declaration, ExtensionContext context) {
        ExtensionContext.Store store = store(context.getRoot());
        synchronized (RUN_LOCK) {
            RunServer server = store.get(RUN + declaration.name(), RunServer.class);
            if (server == null) {
                server = new RunServer(declaration, new Fixture(declaration.start()));
                store.put(RUN + declaration.name(), server);
            }
            if (!server.declaration.settings().equals(declaration.settings())) {
                throw new ExtensionConfigurationException(declaration + " and " + server.declaration
                        + " share one server for the whole run but have different settings: "
                        + declaration.differenceFrom(server.declaration));
            }
            return server.fixture;
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }
}
