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
 * <p>JUnit assigns arguments to the first parameters. Their number is known only after the source has been read, and an extension
 * has no access to it. Therefore the criterion is whether the source can provide an object of this library at all: a source of
 * literals, such as {@code @ValueSource}, cannot; {@code @MethodSource} can. Types of junit-jupiter-params are referred to by name,
 * because that artifact is optional, and older versions lack some of the types.
 */
final class ArgumentRule {
    private static final String PARAMS = "org.junit.jupiter.params.";
    private static final String PARAMETERIZED_TEST = PARAMS + "ParameterizedTest";
    private static final String PARAMETERIZED_CLASS = PARAMS + "ParameterizedClass";
    private static final String FIELD_FOR_ARGUMENT = PARAMS + "Parameter";
    private static final String ARGUMENTS_SOURCE = PARAMS + "provider.ArgumentsSource";
    private static final Set<String> LIFECYCLE =
            Set.of(PARAMS + "BeforeParameterizedClassInvocation", PARAMS + "AfterParameterizedClassInvocation");

    /** The providers of sources of literals. That of {@code @NullSource} provides an argument for the first parameter only. */
    private static final Set<String> PROVIDERS_OF_LITERALS = Set.of(
            PARAMS + "provider.CsvArgumentsProvider",
            PARAMS + "provider.CsvFileArgumentsProvider",
            PARAMS + "provider.EmptyArgumentsProvider",
            PARAMS + "provider.EnumArgumentsProvider",
            PARAMS + "provider.NullArgumentsProvider",
            PARAMS + "provider.ValueArgumentsProvider");

    private ArgumentRule() {}

    /** Returns whether a parameter of one of this library's types may be an argument. */
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
                                .noneMatch(each -> each.isAnnotationPresent(
                                        Memcached.class)); // no argument follows such a parameter
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

    /** Returns whether a class receives its arguments in fields, so that the parameters of its constructor are injected. */
    private static boolean hasFieldForArgument(Class<?> testClass) {
        return !ReflectionSupport.findFields(
                        testClass,
                        field -> find(field, FIELD_FOR_ARGUMENT, testClass).isPresent(),
                        HierarchyTraversalMode.TOP_DOWN)
                .isEmpty();
    }

    /** Returns whether all sources provide literals. False if there is no source: the class of a lifecycle method may have a parameterized subclass. */
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

    /** Finds an annotation type; empty if this version of JUnit lacks it. */
    @SuppressWarnings("unchecked") // the type required by findAnnotation
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
