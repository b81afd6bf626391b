package io.github.embeddedmemcached.internal.testing;

import java.lang.invoke.MethodHandles;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Creates a server's {@code Recording} and {@code Faults} and gives access to their non-public parts, which the public API does not
 * show. The types are passed as classes or objects, so that this package does not depend on the public one. Thread-safe.
 */
public abstract class Fixtures {
    private static volatile @Nullable Fixtures factory;

    protected Fixtures() {}

    /** Sets the object that creates the fixtures. Called when {@code Recording} or {@code Faults} is initialized. */
    protected static void factory(Fixtures created) {
        factory = created;
    }

    private static Fixtures factory() {
        return Objects.requireNonNull(factory);
    }

    /** Creates a recording that is off. */
    protected abstract Object recording(Runnable onSwitch);

    /** Returns the server's part of a recording. */
    protected abstract RecordingControl controlOfRecording(Object recording);

    /** Creates an object without rules. */
    protected abstract Object faults(FaultsHost host);

    /** Returns the server's part of the rules. */
    protected abstract FaultsControl controlOfFaults(Object faults);

    /**
     * Creates a recording that is off.
     *
     * @param type the class {@code Recording}
     * @param onSwitch called after the recording has been started or stopped
     */
    public static <R> R newRecording(Class<R> type, Runnable onSwitch) {
        initialize(type);
        return type.cast(factory().recording(onSwitch));
    }

    /** Returns the server's part of a recording. */
    public static RecordingControl recordingControl(Object recording) {
        return factory().controlOfRecording(recording);
    }

    /**
     * Creates an object without fault rules.
     *
     * @param type the class {@code Faults}
     * @param host the server to which the rules apply
     */
    public static <F> F newFaults(Class<F> type, FaultsHost host) {
        initialize(type);
        return type.cast(factory().faults(host));
    }

    /** Returns the server's part of fault rules. */
    public static FaultsControl faultsControl(Object faults) {
        return factory().controlOfFaults(faults);
    }

    /** Initializes a class, which sets the factory. A class literal alone does not. */
    private static void initialize(Class<?> type) {
        try {
            MethodHandles.lookup().ensureInitialized(type);
        } catch (IllegalAccessException e) {
            throw new AssertionError(type + " is a public class of this module", e);
        }
    }
}
