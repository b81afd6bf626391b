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

/** Runs test classes with JUnit, in parallel if they are annotated accordingly. */
final class TestRun {
    private TestRun() {}

    static EngineExecutionResults execute(Class<?>... classes) {
        return execute(Map.of(), classes);
    }

    static EngineExecutionResults execute(Map<String, String> parameters, Class<?>... classes) {
        EngineTestKit.Builder kit = kit(classes);
        parameters.forEach(kit::configurationParameter);
        return kit.execute();
    }

    /** Runs tests sequentially, for tests that share an external server. */
    static EngineExecutionResults executeSequentially(Map<String, String> parameters, Class<?>... classes) {
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

    /** Returns whether a server accepts connections or has threads. */
    static boolean isAlive(EmbeddedMemcached server) {
        String threads = "embedded-memcached-" + server.port() + "-";
        return server.isRunning()
                || Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().startsWith(threads));
    }

    /** Returns the exceptions thrown by tests and by their classes. */
    static List<Throwable> failures(EngineExecutionResults results) {
        return results.allEvents().failed().stream()
                .map(event -> event.getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .orElseThrow())
                .toList();
    }

    /** Returns the reasons why tests and classes were skipped or aborted. */
    static List<String> skipReasons(EngineExecutionResults results) {
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
