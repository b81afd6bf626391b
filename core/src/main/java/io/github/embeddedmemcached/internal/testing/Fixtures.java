package io.github.embeddedmemcached.internal.testing;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Creates a server's {@code Recording} and {@code Faults} and gives access to their non-public parts, which the public API does not
 * show. The types are passed as classes or objects, so that this package does not depend on the public one. Thread-safe.
 */
public final class Fixtures {
    private static volatile @Nullable Function<Runnable, ?> newRecording;
    private static volatile @Nullable Function<Object, RecordingControl> recordingControl;
    private static volatile @Nullable Function<FaultsHost, ?> newFaults;
    private static volatile @Nullable Function<Object, FaultsControl> faultsControl;

    private Fixtures() {}

    /**
     * Sets the factory of recordings. Called once, when the class {@code Recording} is initialized.
     *
     * @param factory creates a recording that is off
     * @param control returns the server's part of a recording
     */
    public static void recordingFactory(Function<Runnable, ?> factory, Function<Object, RecordingControl> control) {
        newRecording = factory;
        recordingControl = control;
    }

    /**
     * Sets the factory of fault rules. Called once, when the class {@code Faults} is initialized.
     *
     * @param factory creates an object without rules
     * @param control returns the server's part of the rules
     */
    public static void faultsFactory(Function<FaultsHost, ?> factory, Function<Object, FaultsControl> control) {
        newFaults = factory;
        faultsControl = control;
    }

    /**
     * Creates a recording that is off.
     *
     * @param type the class {@code Recording}
     * @param onSwitch called after the recording has been started or stopped
     */
    public static <R> R newRecording(Class<R> type, Runnable onSwitch) {
        initialize(type);
        return type.cast(Objects.requireNonNull(newRecording).apply(onSwitch));
    }

    /** Returns the server's part of a recording. */
    public static RecordingControl recordingControl(Object recording) {
        return Objects.requireNonNull(recordingControl).apply(recording);
    }

    /**
     * Creates an object without fault rules.
     *
     * @param type the class {@code Faults}
     * @param host the server to which the rules apply
     */
    public static <F> F newFaults(Class<F> type, FaultsHost host) {
        initialize(type);
        return type.cast(Objects.requireNonNull(newFaults).apply(host));
    }

    /** Returns the server's part of fault rules. */
    public static FaultsControl faultsControl(Object faults) {
        return Objects.requireNonNull(faultsControl).apply(faults);
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
