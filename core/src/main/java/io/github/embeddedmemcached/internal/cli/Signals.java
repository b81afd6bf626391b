package io.github.embeddedmemcached.internal.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * Handles signals which otherwise end the JVM. Java's only interface to signals is {@code sun.misc.Signal} of the module jdk.unsupported. It is
 * used by reflection, because a runtime image made by jlink may lack that module.
 */
final class Signals {
    private Signals() {}

    /**
     * Runs an action on each SIGHUP from now on, in a thread of its own.
     *
     * @return the reason why the signal cannot be handled; null if it is handled, or if the operating system has no such signal
     */
    static @Nullable String onHangup(Runnable action) {
        return handle("sun.misc.Signal", "HUP", "reloads nothing", action);
    }

    /** As {@link #onHangup}, for SIGUSR1, which stops memcached in an orderly way. */
    static @Nullable String onGracefulStop(Runnable action) {
        return handle("sun.misc.Signal", "USR1", "saves nothing (-e)", action);
    }

    /** Handles a signal; the effect is what the signal does if it is not handled. */
    static @Nullable String handle(String signalClassName, String name, String effect, Runnable action) {
        try {
            Class<?> signalClass = Class.forName(signalClassName);
            Class<?> handlerClass = Class.forName(signalClassName + "Handler");
            InvocationHandler run = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    action.run();
                    yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> name;
            };
            Object handler = Proxy.newProxyInstance(handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, run);
            Object signal = signalClass.getConstructor(String.class).newInstance(name);
            signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
            return null;
        } catch (InvocationTargetException e) {
            // IllegalArgumentException: Windows has no such signal, or the JVM was started with -Xrs and does not
            // handle it
            String reason = e.getCause() == null ? "" : ": " + e.getCause().getMessage();
            return isWindows() ? null : "SIG" + name + " " + effect + ": the JVM does not allow handling it" + reason;
        } catch (ReflectiveOperationException | LinkageError e) {
            return "SIG" + name + " ends the server and " + effect
                    + ": this Java runtime lacks the module jdk.unsupported";
        }
    }

    private static boolean isWindows() {
        return System.getProperty("os.name", "").startsWith("Windows");
    }
}
