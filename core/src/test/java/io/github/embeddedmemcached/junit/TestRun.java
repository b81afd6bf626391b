package io.github.embeddedmemcached.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs test classes as a user would write them, in parallel where they say so. */
final class TestRun {
    private TestRun() {}

    static EngineExecutionResults of(Class<?>... classes) {
        return of(Map.of(), classes);
    }

    static EngineExecutionResults of(Map<String, String> parameters, Class<?>... classes) {
        EngineTestKit.Builder kit = kit(classes);
        parameters.forEach(kit::configurationParameter);
        return kit.execute();
    }

    /** One test after the other, as they share what isn't in this JVM. */
    static EngineExecutionResults sequentially(Map<String, String> parameters, Class<?>... classes) {
        EngineTestKit.Builder kit =
                kit(classes).configurationParameter("junit.jupiter.execution.parallel.enabled", "false");
        parameters.forEach(kit::configurationParameter);
        return kit.execute();
    }

    static EngineTestKit.Builder kit(Class<?>... classes) {
        EngineTestKit.Builder kit = EngineTestKit.engine("junit-jupiter")
                .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "4");
        Stream.of(classes).forEach(type -> kit.selectors(selectClass(type)));
        return kit;
    }

    /** Whether a server accepts connections or has threads. */
    static boolean isAlive(EmbeddedMemcached server) {
        String threads = "embedded-memcached-" + server.port() + "-";
        return server.isRunning()
                || Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().startsWith(threads));
    }

    /** What was thrown by tests, and by classes around them. */
    static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .orElseThrow())
                .toList();
    }

    /** Why tests and classes were skipped or aborted. */
    static List<String> reasonsForSkipping(EngineExecutionResults results) {
        Stream<String> skipped =
                results.allEvents().skipped().stream().map(event -> event.getRequiredPayload(String.class));
        Stream<String> aborted = results.allEvents().aborted().stream().map(TestRun::messageOf);
        return Stream.concat(skipped, aborted).toList();
    }

    private static String messageOf(Event aborted) {
        return aborted.getRequiredPayload(TestExecutionResult.class)
                .getThrowable()
                .map(Throwable::getMessage)
                .orElse("");
    }
}
