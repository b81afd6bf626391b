package io.github.embeddedmemcached.internal.testing;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Creates a server's {@code Recording} and {@code Faults} and gives access to their non-public parts, which the public API does not
 * show. The types are passed as classes or objects, so that this package does not depend on the public one. Thread-safe.
 */
public final class Fixtures {
    /** Implemented by the class {@code Recording}. */
    public interface RecordingFactory {
        /** Creates a recording that is off. */
        Object create(Runnable onSwitch);

        /** Returns the server's part of a recording. */
        RecordingControl control(Object recording);
    }

    /** Implemented by the class {@code Faults}. */
    public interface FaultsFactory {
        /** Creates an object without rules. */
        Object create(FaultsHost host);

        /** Returns the server's part of the rules. */
        FaultsControl control(Object faults);
    }

    private static volatile @Nullable RecordingFactory recordingFactory;
    private static volatile @Nullable FaultsFactory faultsFactory;

    private Fixtures() {}

    /** Sets the factory of recordings. Called once, when the class {@code Recording} is initialized. */
    public static void recordingFactory(RecordingFactory factory) {
        recordingFactory = factory;
    }

    /** Sets the factory of fault rules. Called once, when the class {@code Faults} is initialized. */
    public static void faultsFactory(FaultsFactory factory) {
        faultsFactory = factory;
    }

    /**
     * Creates a recording that is off.
     *
     * @param type the class {@code Recording}
     * @param onSwitch called after the recording has been started or stopped
     */
    public static <R> R newRecording(Class<R> type, Runnable onSwitch) {
        initialize(type);
        return type.cast(Objects.requireNonNull(recordingFactory).create(onSwitch));
    }

    /** Returns the server's part of a recording. */
    public static RecordingControl recordingControl(Object recording) {
        return Objects.requireNonNull(recordingFactory).control(recording);
    }

    /**
     * Creates an object without fault rules.
     *
     * @param type the class {@code Faults}
     * @param host the server to which the rules apply
     */
    public static <F> F newFaults(Class<F> type, FaultsHost host) {
        initialize(type);
        return type.cast(Objects.requireNonNull(faultsFactory).create(host));
    }

    /** Returns the server's part of fault rules. */
    public static FaultsControl faultsControl(Object faults) {
        return Objects.requireNonNull(faultsFactory).control(faults);
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
