package io.github.embeddedmemcached.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Decides whether a parameter is injected by this package. JUnit fails a test if two extensions support the same parameter, so those that
 * are likely to be another extension's are left alone. The rule is documented for users at {@link Memcached}.
 */
final class InjectionRule {
    /** Annotations that do not affect where a parameter's value comes from, by simple name. */
    private static final Set<String> NULLNESS = Set.of("NonNull", "Nonnull", "NotNull", "Nullable");

    /** Annotations of constructors and methods whose parameters are injected by Spring or an implementation of JSR 330, by simple name. */
    private static final Set<String> DEPENDENCY_INJECTION = Set.of("Autowired", "Inject");

    // by name, as junit-jupiter-params is optional
    private static final String PARAMETERIZED_TEST = "org.junit.jupiter.params.ParameterizedTest";
    private static final String PARAMETERIZED_CLASS = "org.junit.jupiter.params.ParameterizedClass";

    private InjectionRule() {}

    /** Whether a parameter of the right type is injected. */
    static boolean applies(Injectable what, Parameter parameter) {
        return parameter.isAnnotationPresent(Memcached.class)
                || what.isOwnType()
                        && !hasForeignAnnotation(parameter)
                        && !isAutowired(parameter.getDeclaringExecutable())
                        && !isArgument(parameter.getDeclaringExecutable());
    }

    /** Such as Spring's {@code @Autowired}, Mockito's {@code @Mock} or JUnit's {@code @ConvertWith}. */
    private static boolean hasForeignAnnotation(Parameter parameter) {
        return Stream.of(parameter.getAnnotations())
                .anyMatch(each -> !NULLNESS.contains(each.annotationType().getSimpleName()));
    }

    private static boolean isAutowired(Executable executable) {
        return Stream.of(executable.getAnnotations())
                .anyMatch(each ->
                        DEPENDENCY_INJECTION.contains(each.annotationType().getSimpleName()));
    }

    /**
     * Whether the parameters of this library's types are arguments of a parameterized test. Arguments come first, so they are if the first
     * parameter has such a type.
     */
    private static boolean isArgument(Executable executable) {
        if (!isParameterized(executable)) {
            return false;
        }
        Parameter first = executable.getParameters()[isConstructorOfInnerClass(executable) ? 1 : 0];
        return Injectable.isOwnType(first) && !first.isAnnotationPresent(Memcached.class);
    }

    private static boolean isConstructorOfInnerClass(Executable executable) {
        Class<?> owner = executable.getDeclaringClass();
        return executable instanceof Constructor && owner.isMemberClass() && !Modifier.isStatic(owner.getModifiers());
    }

    private static boolean isParameterized(Executable executable) {
        Class<?> owner = executable.getDeclaringClass();
        return executable instanceof Constructor
                ? isAnnotated(owner, PARAMETERIZED_CLASS, owner)
                : isAnnotated(executable, PARAMETERIZED_TEST, owner);
    }

    private static boolean isAnnotated(AnnotatedElement element, String annotation, Class<?> testClass) {
        Class<? extends Annotation> type;
        try {
            type = Class.forName(annotation, false, testClass.getClassLoader()).asSubclass(Annotation.class);
        } catch (ClassNotFoundException e) {
            return false; // so nothing is annotated with it
        }
        return AnnotationSupport.isAnnotated(element, type);
    }
}
