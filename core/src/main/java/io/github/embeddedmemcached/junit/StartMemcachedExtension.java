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
 * Runs the servers that {@link StartMemcached} declares. A server lies in the store of the context that it belongs to, under its
 * declaration: the class's, the test's, or JUnit's root. JUnit looks it up in the stores of the parents too, and closes it with
 * the store that it lies in.
 */
final class StartMemcachedExtension
        implements ExecutionCondition, BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(StartMemcachedExtension.class);

    private static final Object RUN_LOCK = new Object(); // of looking into the root store and putting something there

    /** A server of the whole run, and who was the first to declare it. */
    private record RunServer(Declaration declaration, Fixture fixture) implements Stored {
        @Override
        public void close() {
            fixture.close();
        }
    }

    private record RunKey(String name) {}

    private record UseKey(String name) {}

    /**
     * Asks for a test's context when its instance is created, so that a constructor can have the server of its test. Overrides a method
     * that {@link ParameterResolver} has since JUnit Jupiter 5.12; older versions do not call it and do not load its return type.
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
                return ConditionEvaluationResult.disabled(external.refusal("TLS, with a certificate that only"));
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
            store(context).put(new UseKey(each.name()), fixture(each, context).beginTest());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (Declaration each : Declaration.visibleIn(context).values()) {
            Fixture.Use use = store(context).get(new UseKey(each.name()), Fixture.Use.class);
            if (use != null) { // null: it could not be started
                use.explain(context);
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
            String question = !name.isEmpty()
                    ? "there is no memcached \"" + name + "\""
                    : "which memcached is meant? Say it with @Memcached(\"<name>\")";
            throw new ParameterResolutionException(question + "; there are: "
                    + visible.keySet().stream().map(each -> '"' + each + '"').collect(Collectors.joining(", ")));
        }
        if (declaration.isForOneTest() && isWithoutItsTest(parameter, extensionContext)) {
            throw new ParameterResolutionException(
                    declaration + " is started for each test, but JUnit Jupiter calls a constructor "
                            + "with the context of its test only since 5.12, and this version is older: take the server as a parameter of the "
                            + "test method or of a @BeforeEach method");
        }
        return fixture(declaration, extensionContext).target().get(Injectable.require(parameter));
    }

    /** Whether a constructor is called for one test by a version of JUnit Jupiter that does not pass on for which. */
    private static boolean isWithoutItsTest(Parameter parameter, ExtensionContext context) {
        return parameter.getDeclaringExecutable() instanceof Constructor
                && !JupiterVersion.givesConstructorsTheirTest()
                && !context.getTestInstanceLifecycle().equals(Optional.of(TestInstance.Lifecycle.PER_CLASS));
    }

    /** The servers that a constructor sees are those of its class, though it may be called for a test of a nested one. */
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

    /** Finds the server that a parameter means; null if there is none, or no telling. */
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

    /** Finds a server, or starts it and gives it to the context that it belongs to. */
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
                        declaration + " is started for each test: what belongs to all of them can't have it");
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
            RunServer server = store.get(new RunKey(declaration.name()), RunServer.class);
            if (server == null) {
                server = new RunServer(declaration, new Fixture(declaration.start()));
                store.put(new RunKey(declaration.name()), server);
            }
            if (!server.declaration.settings().equals(declaration.settings())) {
                throw new ExtensionConfigurationException(declaration + " and " + server.declaration
                        + " mean one server for the whole run, and disagree: "
                        + declaration.differenceFrom(server.declaration));
            }
            return server.fixture;
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(NAMESPACE);
    }
}
