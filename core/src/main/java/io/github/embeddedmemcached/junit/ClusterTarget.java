package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.util.List;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** Several servers in this JVM. */
record ClusterTarget(EmbeddedMemcachedCluster cluster) implements Target {
    @Override
    public void reset() {
        cluster.reset();
    }

    @Override
    public Object get(Injectable what) {
        return switch (what) {
            case CLUSTER -> cluster;
            case CLOCK -> cluster.clock();
            case SERVER, CACHE, ADDRESS, RECORDING, FAULTS ->
                throw new ParameterResolutionException("a cluster has several of what the parameter asks for, the "
                        + what + ": take an EmbeddedMemcachedCluster and one of its nodes");
        };
    }

    @Override
    public List<EmbeddedMemcached> servers() {
        return cluster.nodes();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
