package io.github.embeddedmemcached.junit;

/**
 * Makes JUnit's modules readable to this library's module. The module descriptor does not require JUnit, because applications would
 * then need it too.
 */
final class JUnitModules {
    private JUnitModules() {}

    /** Adds the reads edges. Has no effect on the class path. */
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
