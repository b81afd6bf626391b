package io.github.embeddedmemcached.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Capabilities of the JUnit Jupiter on the class path or module path. Versions are recognized by types that they introduced,
 * because repackaged jars have no version number.
 */
final class JupiterVersion {
    private static final boolean IS_SUPPORTED = has("org.junit.jupiter.api.ClassOrderer"); // since 5.8

    private static final boolean PASSES_TEST_CONTEXT_TO_CONSTRUCTORS =
            has("org.junit.jupiter.api.extension.TestInstantiationAwareExtension"); // since 5.12

    private JupiterVersion() {}

    /**
     * Checks that this version is supported.
     *
     * @throws ExtensionConfigurationException if it is older than 5.8
     */
    static void check() {
        if (!IS_SUPPORTED) {
            throw new ExtensionConfigurationException(
                    "@StartMemcached and MemcachedExtension require JUnit Jupiter 5.8 or later, but this version is older");
        }
    }

    /** Returns whether the constructor of a test class with an instance for each test is called with the context of the test. */
    static boolean passesTestContextToConstructors() {
        return PASSES_TEST_CONTEXT_TO_CONSTRUCTORS;
    }

    private static boolean has(String className) {
        try {
            Class.forName(className, false, ExtensionContext.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
