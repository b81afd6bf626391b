package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.util.List;

/** What tests run against. */
sealed interface Target extends AutoCloseable permits ServerTarget, ClusterTarget, ExternalTarget {
    /** Makes it as new, for the next test. */
    void reset();

    /**
     * Returns what a test asks for.
     *
     * @throws org.opentest4j.TestAbortedException if only an embedded server has it, and this isn't one
     * @throws org.junit.jupiter.api.extension.ParameterResolutionException if this hasn't got it for another reason
     */
    Object get(Injectable what);

    /** The servers whose commands are worth a look when a test has failed. */
    List<EmbeddedMemcached> servers();

    @Override
    void close();
}
