package io.github.embeddedmemcached.internal.testing;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Creates a server's {@code Recording} and {@code Faults} and gives access to their non-public parts, which the public API does not
 * show. The types are passed as classes or objects, so that this package does not depend on the public one. Thread-safe.
 */
public final class Fixtures {
    /** The part of the package {@code testing}. */
    public interface Factory {
        /** Creates a recording that is off. */
        Object newRecording(Runnable onSwitch);

        /** Returns the server's part of a recording. */
        RecordingControl recordingControl(Object recording);

        /** Creates an object without rules. */
        Object newFaults(FaultsHost host);

        /** Returns the server's part of the rules. */
        FaultsControl faultsControl(Object faults);
    }

    private static volatile @Nullable Factory factory;

    private Fixtures() {}

    /** Sets the factory. Called when {@code Recording} or {@code Faults} is initialized. */
    public static void factory(Factory created) {
        factory = created;
    }

    private static Factory factory() {
        return Objects.requireNonNull(factory);
    }

    /**
     * Creates a recording that is off.
     *
     * @param type the class {@code Recording}
     * @param onSwitch called after the recording has been started or stopped
     */
    public static <R> R newRecording(Class<R> type, Runnable onSwitch) {
        initialize(type);
        return type.cast(factory().newRecording(onSwitch));
    }

    /** Returns the server's part of a recording. */
    public static RecordingControl recordingControl(Object recording) {
        return factory().recordingControl(recording);
    }

    /**
     * Creates an object without fault rules.
     *
     * @param type the class {@code Faults}
     * @param host the server to which the rules apply
     */
    public static <F> F newFaults(Class<F> type, FaultsHost host) {
        initialize(type);
        return type.cast(factory().newFaults(host));
    }

    /** Returns the server's part of fault rules. */
    public static FaultsControl faultsControl(Object faults) {
        return factory().faultsControl(faults);
    }

    /** Initializes a class, which sets its factory. A class literal alone does not. */
    private static void initialize(Class<?> type) {
        try {
            MethodHandles.lookup().ensureInitialized(type);
        } catch (IllegalAccessException e) {
            throw new AssertionError(type + " is a public class of this module", e);
        }
    }
}
