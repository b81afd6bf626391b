package io.github.embeddedmemcached.internal.management;

import java.util.function.Function;

/** Registers MBeans for caches and servers, if the module java.management is present. Thread-safe. */
public final class ManagedBeans {
    private ManagedBeans() {}

    /**
     * Registers an MBean named {@code io.github.embeddedmemcached:type=<type>,name=<name>}. If that name is taken, the key property
     * {@code instance} is added, a number from 2 on. Throws nothing: a cache or server without MBean is usable. Without the module
     * nothing is registered.
     *
     * @param description its attributes and operations
     * @param name the name of the cache or server
     * @param target the cache or server; referred to weakly
     * @param snapshots returns the current state of the target, to which it must not refer
     * @return unregisters the MBean; the first call does so, others do nothing
     */
    public static <T, S> Runnable register(
            BeanDescription<T, S> description, String name, T target, Function<T, S> snapshots) {
        try {
            return WeakBean.register(description, name, target, snapshots);
        } catch (LinkageError e) {
            log(System.Logger.Level.DEBUG, "No MBean for " + name + ": the module java.management is not present.", e);
            return () -> {};
        }
    }

    static void log(System.Logger.Level level, String message, Throwable reason) {
        System.getLogger("io.github.embeddedmemcached").log(level, message, reason);
    }
}
