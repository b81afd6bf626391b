package io.github.embeddedmemcached.junit;

/**
 * Lets this library's module read JUnit's. The module's descriptor does not require JUnit, as applications would then need it too.
 */
final class JUnitModules {
    private JUnitModules() {}

    /** Without effect on the class path. */
    static void makeReadable() {
        Module library = JUnitModules.class.getModule();
        if (library.isNamed()) {
            library.addReads(JUnitModules.class.getClassLoader().getUnnamedModule());
            library.getLayer().modules().stream()
                    .filter(module -> module.getName().startsWith("org.junit.")
                            || module.getName().equals("org.opentest4j"))
                    .forEach(library::addReads);
        }
    }
}
