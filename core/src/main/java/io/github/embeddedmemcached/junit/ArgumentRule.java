package io.github.embeddedmemcached.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Finds the parameters that may be arguments of a parameterized test or class.
 *
 * <p>JUnit assigns arguments to the first parameters. How many there are is known only when their source has been read, and then to JUnit
 * alone. So what counts is whether the source can have an object of this library at all: a source of literals, such as
 * {@code @ValueSource}, cannot; {@code @MethodSource} can. Types of junit-jupiter-params are referred to by name, as it is optional and
 * some of them are missing in older versions.
 */
final class ArgumentRule {
    private static final String PARAMS = "org.junit.jupiter.params.";
    private static final String PARAMETERIZED_TEST = PARAMS + "ParameterizedTest";
    private static final String PARAMETERIZED_CLASS = PARAMS + "ParameterizedClass";
    private static final String FIELD_FOR_ARGUMENT = PARAMS + "Parameter";
    private static final String ARGUMENTS_SOURCE = PARAMS + "provider.ArgumentsSource";
    private static final Set<String> LIFECYCLE =
            Set.of(PARAMS + "BeforeParameterizedClassInvocation", PARAMS + "AfterParameterizedClassInvocation");

    /** The providers of {@code @ValueSource} and the like. That of {@code @NullSource} has an argument for the first parameter only. */
    private static final Set<String> PROVIDERS_OF_LITERALS = Set.of(
            PARAMS + "provider.CsvArgumentsProvider",
            PARAMS + "provider.CsvFileArgumentsProvider",
            PARAMS + "provider.EmptyArgumentsProvider",
            PARAMS + "provider.EnumArgumentsProvider",
            PARAMS + "provider.NullArgumentsProvider",
            PARAMS + "provider.ValueArgumentsProvider");

    private ArgumentRule() {}

    /** Whether a parameter of one of this library's types may be an argument. */
    static boolean mayBeArgument(Parameter parameter) {
        Executable executable = parameter.getDeclaringExecutable();
        AnnotatedElement parameterized = parameterizedElement(executable);
        if (parameterized == null) {
            return false;
        }
        List<Parameter> parameters = List.of(executable.getParameters());
        int first = isConstructorOfInnerClass(executable) ? 1 : 0;
        int index = parameters.indexOf(parameter);
        return index <= first
                || !hasOnlyLiterals(parameterized, executable.getDeclaringClass())
                        && parameters.subList(first, index).stream()
                                .noneMatch(each -> each.isAnnotationPresent(Memcached.class)); // no argument follows it
    }

    private static boolean isConstructorOfInnerClass(Executable executable) {
        Class<?> owner = executable.getDeclaringClass();
        return executable instanceof Constructor && owner.isMemberClass() && !Modifier.isStatic(owner.getModifiers());
    }

    /** Finds the method or class whose sources of arguments apply to an executable; null if none do. */
    private static @Nullable AnnotatedElement parameterizedElement(Executable executable) {
        Class<?> owner = executable.getDeclaringClass();
        if (executable instanceof Constructor) {
            return find(owner, PARAMETERIZED_CLASS, owner).isPresent() && !hasFieldForArgument(owner) ? owner : null;
        }
        if (find(executable, PARAMETERIZED_TEST, owner).isPresent()) {
            return executable;
        }
        boolean takesArguments = LIFECYCLE.stream()
                .flatMap(each -> find(executable, each, owner).stream())
                .anyMatch(each -> get(each, "injectArguments").equals(true));
        return takesArguments ? owner : null;
    }

    /** Whether a class has its arguments in fields, so that those of its constructor are injected. */
    private static boolean hasFieldForArgument(Class<?> testClass) {
        return !ReflectionSupport.findFields(
                        testClass,
                        field -> find(field, FIELD_FOR_ARGUMENT, testClass).isPresent(),
                        HierarchyTraversalMode.TOP_DOWN)
                .isEmpty();
    }

    /** False also where there is no source: a lifecycle method's class may have a subclass that is parameterized. */
    private static boolean hasOnlyLiterals(AnnotatedElement element, Class<?> testClass) {
        List<Object> providers = annotationType(ARGUMENTS_SOURCE, testClass).stream()
                .flatMap(type -> AnnotationSupport.findRepeatableAnnotations(element, type).stream())
                .map(source -> get(source, "value"))
                .toList();
        return !providers.isEmpty()
                && providers.stream().allMatch(each -> PROVIDERS_OF_LITERALS.contains(((Class<?>) each).getName()));
    }

    private static Optional<Annotation> find(AnnotatedElement element, String annotation, Class<?> testClass) {
        return annotationType(annotation, testClass).flatMap(type -> AnnotationSupport.findAnnotation(element, type));
    }

    /** Finds an annotation type; empty if there is none in this version of JUnit. */
    @SuppressWarnings("unchecked") // the type that findAnnotation needs
    private static Optional<Class<Annotation>> annotationType(String name, Class<?> testClass) {
        try {
            return Optional.of((Class<Annotation>) Class.forName(name, false, testClass.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    private static Object get(Annotation annotation, String element) {
        return Stream.of(annotation.annotationType().getMethods())
                .filter(method -> method.getName().equals(element))
                .map(method -> ReflectionSupport.invokeMethod(method, annotation))
                .findFirst()
                .orElseThrow();
    }
}
