package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.ManualClock;
import io.github.embeddedmemcached.testing.Recording;
import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** What a test can have as a parameter. */
enum Injectable {
    SERVER(EmbeddedMemcached.class),
    CACHE(Cache.class),
    ADDRESS(InetSocketAddress.class),
    CLUSTER(EmbeddedMemcachedCluster.class),
    CLOCK(ManualClock.class),
    RECORDING(Recording.class),
    FAULTS(Faults.class);

    private final Class<?> type;

    Injectable(Class<?> type) {
        this.type = type;
    }

    /** Returns what a parameter asks for; null if this package does not inject it. */
    static @Nullable Injectable of(Parameter parameter) {
        for (Injectable each : values()) {
            if (each.type == parameter.getType()) {
                return InjectionRule.applies(each, parameter) ? each : null;
            }
        }
        return null;
    }

    /** Whether this is a type of this library, not one of the JDK that other extensions are likely to inject. */
    boolean isOwnType() {
        return this != ADDRESS;
    }

    /** What a parameter that is supported asks for. */
    static Injectable require(Parameter parameter) {
        return Objects.requireNonNull(of(parameter), () -> parameter + " was not supported");
    }

    /** Whether a memcached outside of this JVM hasn't got it. */
    boolean isOnlyEmbedded() {
        return this != ADDRESS;
    }

    /** The name of a parameter's server. */
    static String serverName(Parameter parameter) {
        Memcached qualifier = parameter.getAnnotation(Memcached.class);
        return qualifier == null ? "" : qualifier.value();
    }

    /**
     * Finds the parameters that are going to be resolved for a test class, or for a test method: its own and those of what runs
     * around it. Of a constructor nobody but an {@link org.junit.jupiter.api.extension.ExecutionCondition} can skip the test.
     */
    static List<Parameter> parametersOf(ExtensionContext context) {
        var parameters = new ArrayList<Parameter>();
        context.getTestMethod().ifPresent(method -> addParameters(parameters, method));
        context.getTestClass().ifPresent(testClass -> {
            for (Executable constructor : testClass.getDeclaredConstructors()) {
                addParameters(parameters, constructor);
            }
            ReflectionSupport.findMethods(testClass, Injectable::isLifecycleMethod, HierarchyTraversalMode.TOP_DOWN)
                    .forEach(method -> addParameters(parameters, method));
        });
        return parameters;
    }

    private static void addParameters(List<Parameter> parameters, Executable executable) {
        for (Parameter parameter : executable.getParameters()) {
            if (of(parameter) != null) {
                parameters.add(parameter);
            }
        }
    }

    private static boolean isLifecycleMethod(Executable method) {
        return AnnotationSupport.isAnnotated(method, BeforeAll.class)
                || AnnotationSupport.isAnnotated(method, BeforeEach.class)
                || AnnotationSupport.isAnnotated(method, AfterEach.class)
                || AnnotationSupport.isAnnotated(method, AfterAll.class);
    }

    @Override
    public String toString() {
        return type.getSimpleName();
    }
}
