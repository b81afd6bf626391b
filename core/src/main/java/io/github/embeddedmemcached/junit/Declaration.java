package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.StringJoiner;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A server declared by {@link StartMemcached} on a class or a method.
 *
 * @param settings the annotation
 * @param element the test class or method to which the annotation applies; not a composed annotation or superclass on which it is present
 */
record Declaration(StartMemcached settings, AnnotatedElement element) {

    private static final String ITEM_SIZE_MAX = "itemSizeMax (the maximum item size)";

    /** Returns the servers visible in a test or a class, by their names: of several with the same name, the innermost. */
    static Map<String, Declaration> visibleIn(ExtensionContext context) {
        var visible = new LinkedHashMap<String, Declaration>();
        for (Optional<ExtensionContext> each = Optional.of(context);
                each.isPresent();
                each = each.flatMap(ExtensionContext::getParent)) {
            each.flatMap(ExtensionContext::getElement)
                    .ifPresent(element -> declaredAt(element).forEach(visible::putIfAbsent));
        }
        return visible;
    }

    private static Map<String, Declaration> declaredAt(AnnotatedElement element) {
        var names = new HashSet<String>();
        for (StartMemcached each : element.getDeclaredAnnotationsByType(StartMemcached.class)) {
            if (!names.add(each.name())) {
                throw new ExtensionConfigurationException(
                        "two servers declared on " + element + " have the same name, \"" + each.name() + "\"");
            }
        }
        var declared = new LinkedHashMap<String, Declaration>();
        AnnotationSupport.findRepeatableAnnotations(element, StartMemcached.class) // superclasses first
                .forEach(settings -> declared.put(settings.name(), new Declaration(settings, element)));
        return declared;
    }

    String name() {
        return settings.name();
    }

    boolean isForTheRun() {
        return settings.scope() == StartMemcached.Scope.RUN;
    }

    /** Returns whether each test has its own server. */
    boolean isForOneTest() {
        return settings.scope() == StartMemcached.Scope.METHOD || element instanceof Method && !isForTheRun();
    }

    Target start() {
        try {
            int nodes = settings.nodes();
            if (nodes < 0) {
                throw new IllegalArgumentException("nodes must be 0 (a single server) or more: " + nodes);
            }
            return nodes == 0
                    ? ServerTarget.start(builder(), settings.recordCommands())
                    : new ClusterTarget(EmbeddedMemcachedCluster.start(nodes, builder()));
        } catch (IllegalArgumentException | UncheckedIOException e) { // the latter if the port is in use
            throw new ExtensionConfigurationException(this + ": " + e.getMessage(), e);
        }
    }

    private EmbeddedMemcachedBuilder builder() {
        long memory = Quantity.bytes(
                "memory", settings.memory(), EngineSettings.MEMORY_LIMIT_MIN, Long.MAX_VALUE, "at least 1m");
        EmbeddedMemcachedBuilder builder = EmbeddedMemcached.builder()
                .port(settings.port())
                .recordCommands(settings.recordCommands())
                .eviction(settings.eviction())
                .maxConnections(settings.maxConnections());
        try {
            builder.memoryLimitBytes(memory);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("memory = \"" + settings.memory() + "\": " + e.getMessage(), e);
        }
        if (!settings.itemSizeMax().isEmpty()) {
            String text = settings.itemSizeMax();
            long bytes = Quantity.bytes(ITEM_SIZE_MAX, text, ItemSize.LIMIT_MIN, ItemSize.LIMIT_MAX, "1k to 1g");
            if (bytes > memory / 2) {
                throw new IllegalArgumentException(ITEM_SIZE_MAX + " must be at most half of memory (\""
                        + settings.memory() + "\"): \"" + text + "\"");
            }
            builder.maxItemSizeBytes((int) bytes);
        }
        if (settings.threads() != 0) {
            builder.threads(settings.threads());
        }
        if (!settings.idleTimeout().isEmpty()) {
            Duration timeout = Quantity.duration("idleTimeout", settings.idleTimeout());
            if (timeout.toSeconds() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "idleTimeout must be at most 2147483647s: \"" + settings.idleTimeout() + "\"");
            }
            builder.idleTimeout(timeout);
        }
        if (settings.tls()) {
            builder.tls(TestTls.serverContext());
        }
        if (!settings.user().isEmpty() || !settings.password().isEmpty()) {
            builder.user(settings.user(), settings.password());
        }
        return builder;
    }

    /** Describes the settings in which this declaration and another differ. */
    String differenceFrom(Declaration other) {
        var differences = new StringJoiner(", ");
        for (Method attribute : StartMemcached.class.getDeclaredMethods()) {
            Object here = ReflectionSupport.invokeMethod(attribute, settings);
            Object there = ReflectionSupport.invokeMethod(attribute, other.settings);
            if (!Objects.equals(here, there)) {
                differences.add(attribute.getName() + " is " + here + " here and " + there + " there");
            }
        }
        return differences.toString();
    }

    /** Describes the annotation and where it is declared, for error messages. */
    @Override
    public String toString() {
        return "@StartMemcached" + (name().isEmpty() ? "" : "(name = \"" + name() + "\")") + " on " + element;
    }
}
