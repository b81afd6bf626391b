package io.github.embeddedmemcached.junit;

import java.lang.reflect.Executable;
import java.lang.reflect.Parameter;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Decides whether a parameter is injected by this package. JUnit fails a test if two extensions support the same parameter, so those that
 * another extension is likely to resolve are not injected. The rule is documented for users at {@link Memcached}.
 */
final class InjectionRule {
    /** Annotations that do not affect where a parameter's value comes from, by simple name. */
    private static final Set<String> NULLNESS = Set.of("NonNull", "Nonnull", "NotNull", "Nullable");

    /** Annotations of constructors and methods whose parameters are injected by Spring or an implementation of JSR 330, by simple name. */
    private static final Set<String> DEPENDENCY_INJECTION = Set.of("Autowired", "Inject");

    private InjectionRule() {}

    /** Returns whether a parameter, whose type can be injected, is injected. */
    static boolean applies(Injectable injectable, Parameter parameter) {
        return parameter.isAnnotationPresent(Memcached.class)
                || injectable.isOwnType()
                        && !hasForeignAnnotation(parameter)
                        && !isAutowired(parameter.getDeclaringExecutable())
                        && !ArgumentRule.mayBeArgument(parameter);
    }

    /** Returns whether there is an annotation such as Spring's {@code @Autowired}, Mockito's {@code @Mock} or JUnit's {@code @ConvertWith}. */
    private static boolean hasForeignAnnotation(Parameter parameter) {
        return Stream.of(parameter.getAnnotations())
                .anyMatch(each -> !NULLNESS.contains(each.annotationType().getSimpleName()));
    }

    private static boolean isAutowired(Executable executable) {
        return Stream.of(executable.getAnnotations())
                .anyMatch(each ->
                        DEPENDENCY_INJECTION.contains(each.annotationType().getSimpleName()));
    }
}
