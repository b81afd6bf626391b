package io.github.embeddedmemcached.junit;

import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What the JUnit Jupiter on the class path or module path supports. Versions are recognized by types that they introduced, as repackaged
 * jars have no version number.
 */
final class JupiterVersion {
    private static final boolean IS_SUPPORTED = has("org.junit.jupiter.api.ClassOrderer"); // since 5.8

    private static final boolean GIVES_CONSTRUCTORS_THEIR_TEST =
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
                    "@StartMemcached and MemcachedExtension need JUnit Jupiter 5.8 or newer, and this version is older");
        }
    }

    /** Whether the constructor of a test class, with an instance for each test, is called with the context of the test. */
    static boolean givesConstructorsTheirTest() {
        return GIVES_CONSTRUCTORS_THEIR_TEST;
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
