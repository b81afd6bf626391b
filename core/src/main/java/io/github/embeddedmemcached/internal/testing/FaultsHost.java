package io.github.embeddedmemcached.internal.testing;

import io.github.embeddedmemcached.internal.intercept.ResponseFault;
import java.util.function.Predicate;

/** The server to which fault rules apply. Called by any thread, including the server's own threads. */
public interface FaultsHost {
    /** Called when whether the {@link FaultsControl#interceptor} is active may have changed. */
    void rulesChanged();

    /**
     * Ends response faults in progress: delayed replies are sent, stalled connections are closed.
     *
     * @param which selects the faults to end, by identity
     */
    void endFaults(Predicate<? super ResponseFault> which);

    /** Called when {@link FaultsControl#isRefusing} may have changed. Returns when the change is in effect. */
    void refusalsChanged();

    /**
     * Called when a rule is begun, and again before it is added.
     *
     * @throws IllegalStateException if the server has been closed, so that a rule could never trigger
     */
    default void checkOpen() {}
}
