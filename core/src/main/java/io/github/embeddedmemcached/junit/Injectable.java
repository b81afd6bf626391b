package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.testing.Faults;
import io.github.embeddedmemcached.testing.Recording;
import io.github.embeddedmemcached.testing.TestClock;
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

/**
 * The types of parameters that this package injects. An additional type is a constant here, and a case in the {@link Target#get}
 * methods of {@link ServerTarget} and {@link ClusterTarget}, and of {@link ExternalTarget} if it is not {@linkplain #isOnlyEmbedded
 * provided by embedded servers only}.
 */
enum Injectable {
    SERVER(EmbeddedMemcached.class),
    CACHE(Cache.class),
    ADDRESS(InetSocketAddress.class),
    CLUSTER(EmbeddedMemcachedCluster.class),
    CLOCK(TestClock.class),
    RECORDING(Recording.class),
    FAULTS(Faults.class);

    private final Class<?> type;

    Injectable(Class<?> type) {
        this.type = type;
    }

    /** Returns what to inject for a parameter; null if this package does not inject it. */
    static @Nullable Injectable of(Parameter parameter) {
        for (Injectable each : values()) {
            if (each.type == parameter.getType()) {
                return InjectionRule.applies(each, parameter) ? each : null;
            }
        }
        return null;
    }

    /** Returns whether this is a type of this library, not one of the JDK that other extensions are likely to inject. */
    boolean isOwnType() {
        return this != ADDRESS;
    }

    /** Returns what to inject for a supported parameter. */
    static Injectable require(Parameter parameter) {
        return Objects.requireNonNull(of(parameter), () -> parameter + " was not supported");
    }

    /** Returns whether a memcached outside of this JVM cannot provide it. */
    boolean isOnlyEmbedded() {
        return this != ADDRESS;
    }

    /** Returns the name of the server to which a parameter refers; empty if it has none. */
    static String serverName(Parameter parameter) {
        Memcached qualifier = parameter.getAnnotation(Memcached.class);
        return qualifier == null ? "" : qualifier.value();
    }

    /**
     * Finds the parameters that will be resolved for a test class or a test method: its own, and those of constructors and
     * lifecycle methods. Once a constructor is called, the test can no longer be skipped; only an
     * {@link org.junit.jupiter.api.extension.ExecutionCondition} can do so before.
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
