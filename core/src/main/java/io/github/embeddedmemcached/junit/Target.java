package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.util.List;

/** The server or cluster used by tests. */
sealed interface Target extends AutoCloseable permits ServerTarget, ClusterTarget, ExternalTarget {
    /** Restores the initial state, for the next test. */
    void reset();

    /**
     * Returns the object to inject.
     *
     * @throws org.opentest4j.TestAbortedException if only an embedded server provides it, and this is an external one
     * @throws org.junit.jupiter.api.extension.ParameterResolutionException if this target cannot provide it for another reason
     */
    Object get(Injectable injectable);

    /** Returns the servers whose commands are printed when a test fails. */
    List<EmbeddedMemcached> servers();

    @Override
    void close();
}
