package io.github.embeddedmemcached;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.CacheBuilder;
import io.github.embeddedmemcached.internal.cli.Main;
import io.github.embeddedmemcached.protocol.ProtocolSession;
import io.github.embeddedmemcached.protocol.ProtocolSessions;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks layers, cycles, exported signatures and banned calls. Each rule is also applied to a class that violates it. */
class ArchitectureTest {
    private static final String ROOT = "io.github.embeddedmemcached";
    private static final String INTERNAL = ROOT + ".internal";

    /** The packages from the lowest to the highest: a class depends only on its own package and on packages before it. */
    private static final List<String> LAYERS = List.of(
            "internal.jfr",
            "internal.engine.time",
            "internal.engine.memory",
            "internal.engine.log",
            "internal.engine.index",
            "internal.engine.statistics",
            "internal.engine.policy",
            "internal.engine.removal",
            "internal.engine.lock",
            "internal.engine.fence",
            "internal.engine",
            "internal.snapshot",
            "internal.management",
            "internal.wire",
            "internal.loading",
            "internal.view",
            "cache",
            "internal.intercept",
            "internal.connection",
            "internal.line",
            "internal.watch",
            "internal.auth",
            "internal.session",
            "internal.stats",
            "internal.meta",
            "internal.text",
            "internal.binary",
            "internal.protocol",
            "protocol",
            "internal.server.listen",
            "internal.server.tls",
            "internal.server",
            "internal.testing",
            "testing",
            "",
            "junit",
            "internal.cli");

    /** Entry points of the public packages, which internal code must not depend on. The other public types are values. */
    private static final Class<?>[] ENTRY_POINTS = {
        Cache.class,
        CacheBuilder.class,
        ProtocolSession.class,
        ProtocolSessions.class,
        EmbeddedMemcached.class,
        EmbeddedMemcachedBuilder.class,
        EmbeddedMemcachedCluster.class
    };

    private static final JavaClasses LIBRARY = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final JavaClasses TESTS = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final DescribedPredicate<JavaClass> EXAMPLE = describe(
            "an example of a violation", type -> type.getName().startsWith(ArchitectureTest.class.getName() + "$"));

    private static int layer(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith(ROOT) ? LAYERS.indexOf(name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1)) : 0;
    }

    /** Returns whether the type is a value in a public package, which the package's implementation may return. */
    private static boolean isPublicValue(JavaClass type) {
        return resideInAnyPackage(ROOT + ".cache", ROOT + ".protocol").test(type)
                && !belongToAnyOf(ENTRY_POINTS).test(type);
    }

    private static boolean isUpward(Dependency dependency) {
        JavaClass target = dependency.getTargetClass();
        return layer(target) > layer(dependency.getOriginClass()) && !isPublicValue(target);
    }

    static final ArchRule LAYERED = classes().should(new ArchCondition<>("depend on lower layers only") {
        @Override
        public void check(JavaClass type, ConditionEvents events) {
            if (layer(type) < 0) {
                events.add(SimpleConditionEvent.violated(type, type.getPackageName() + " is not one of the layers"));
            }
            type.getDirectDependenciesFromSelf().stream()
                    .filter(ArchitectureTest::isUpward)
                    .forEach(
                            dependency -> events.add(SimpleConditionEvent.violated(type, dependency.getDescription())));
        }
    });

    static final ArchRule NO_ENTRY_POINTS_INSIDE = noClasses()
            .that()
            .resideInAnyPackage(
                    INTERNAL + ".engine..",
                    INTERNAL + ".jfr..",
                    INTERNAL + ".management..",
                    INTERNAL + ".snapshot..",
                    INTERNAL + ".wire..",
                    INTERNAL + ".intercept..")
            .or()
            .resideInAnyPackage(
                    INTERNAL + ".loading..",
                    INTERNAL + ".view..",
                    INTERNAL + ".connection..",
                    INTERNAL + ".line..",
                    INTERNAL + ".watch..",
                    INTERNAL + ".auth..",
                    INTERNAL + ".session..",
                    INTERNAL + ".stats..",
                    INTERNAL + ".meta..",
                    INTERNAL + ".text..",
                    INTERNAL + ".binary..",
                    INTERNAL + ".protocol..",
                    INTERNAL + ".server..")
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(ENTRY_POINTS);

    static final ArchRule NO_CYCLES = slices().matching(ROOT + ".(**)")
            .should()
            .beFreeOfCycles()
            .ignoreDependency(
                    resideInAPackage(INTERNAL + ".."), describe("values of public packages", t -> isPublicValue(t)));

    static final ArchRule NO_INTERNAL_TYPES_EXPORTED = methods()
            .that()
            .areDeclaredInClassesThat(describe("exported", ArchitectureTest::isExported))
            .and()
            .haveModifier(JavaModifier.PUBLIC)
            .should(new ArchCondition<>("have no internal type in their signature") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    List<JavaClass> types = new ArrayList<>(method.getRawParameterTypes());
                    types.add(method.getRawReturnType());
                    types.stream()
                            .filter(type -> type.getPackageName().startsWith(INTERNAL))
                            .forEach(type -> events.add(SimpleConditionEvent.violated(
                                    method, method.getFullName() + " has " + type.getName())));
                }
            });

    static final ArchRule NO_SYSTEM_CLOCK = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(LocalDateTime.class, "now")
            .orShould()
            .callConstructor(Date.class)
            .because("time is injected: take an InstantSource");

    static final ArchRule NO_SLEEP = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", long.class, int.class)
            .orShould()
            .callMethod(TimeUnit.class, "sleep", long.class)
            .because("waiting for a condition is faster and reliable");

    static final ArchRule NO_STACK_TRACES = noClasses()
            .should()
            .callMethodWhere(target(name("printStackTrace")))
            .because("a failure is a reply, an exception, or closes the connection");

    static final ArchRule NO_INTERNALS_OF_THE_JDK = noClasses()
            .that(not(resideInAPackage(INTERNAL + ".cli")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("sun..", "jdk.internal..");

    /** The stand-alone server has a terminal and a process; the JUnit extension reports the commands before a failure. */
    static final ArchRule NO_CONSOLE = noClasses()
            .that(not(resideInAnyPackage(INTERNAL + ".cli", ROOT + ".junit")))
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .because("a library does not print");

    static final ArchRule NO_EXIT = noClasses()
            .that(not(belongToAnyOf(Main.class)))
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class)
            .because("a library does not end the JVM");

    static List<ArchRule> rulesForTheLibrary() {
        return List.of(
                LAYERED,
                NO_ENTRY_POINTS_INSIDE,
                NO_CYCLES,
                NO_INTERNAL_TYPES_EXPORTED,
                NO_SYSTEM_CLOCK,
                NO_SLEEP,
                NO_STACK_TRACES,
                NO_INTERNALS_OF_THE_JDK,
                NO_CONSOLE,
                NO_EXIT);
    }

    private static boolean isExported(JavaClass type) {
        return !type.getPackageName().startsWith(INTERNAL)
                && type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(ArchitectureTest::isExported).orElse(true);
    }

    @ParameterizedTest
    @MethodSource("rulesForTheLibrary")
    void shouldHoldForTheLibrary(ArchRule rule) {
        rule.check(LIBRARY);
    }

    static List<ArchRule> rulesForTests() {
        return List.of(NO_SYSTEM_CLOCK, NO_SLEEP, NO_STACK_TRACES);
    }

    @ParameterizedTest
    @MethodSource("rulesForTests")
    void shouldHoldForTests(ArchRule rule) {
        rule.check(TESTS.that(not(EXAMPLE)));
    }

    @Test
    void shouldExportFewerThan60Types() {
        assertThat(LIBRARY.stream().filter(ArchitectureTest::isExported).map(JavaClass::getName))
                .hasSizeBetween(20, 59);
    }

    @Test
    void shouldListEachPackageOnce() {
        assertThat(LIBRARY.stream().map(ArchitectureTest::layer).collect(Collectors.toSet()))
                .hasSameSizeAs(LAYERS)
                .isEqualTo(Set.copyOf(IntStream.range(0, LAYERS.size()).boxed().toList()));
    }

    // ---- each rule detects a violation

    @SuppressWarnings("unused")
    private static final class Violations {
        void breakRules() throws InterruptedException {
            System.currentTimeMillis();
            Thread.sleep(1);
            new Exception().printStackTrace();
            System.out.println();
            System.exit(1);
        }
    }

    static List<ArchRule> rulesWithViolations() {
        return List.of(NO_SYSTEM_CLOCK, NO_SLEEP, NO_STACK_TRACES, NO_CONSOLE, NO_EXIT);
    }

    @ParameterizedTest
    @MethodSource("rulesWithViolations")
    void shouldDetectViolation(ArchRule rule) {
        JavaClasses violations = new ClassFileImporter().importClasses(Violations.class);
        assertThat(rule.evaluate(violations).hasViolation()).isTrue();
    }

    @Test
    void shouldDetectDependencyOnHigherLayer() {
        JavaClass engine = LIBRARY.get(INTERNAL + ".engine.CacheEngine");
        JavaClass server = LIBRARY.get(INTERNAL + ".server.MemcachedServer");
        assertThat(layer(engine)).isLessThan(layer(server));
        assertThat(server.getDirectDependenciesFromSelf())
                .anyMatch(dependency -> dependency.getTargetClass().equals(engine))
                .noneMatch(ArchitectureTest::isUpward);
        assertThat(server.getDirectDependenciesToSelf()).isNotEmpty();
    }
}
