package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.util.List;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/** A cluster in this JVM. */
record ClusterTarget(EmbeddedMemcachedCluster cluster) implements Target {
    @Override
    public void reset() {
        cluster.reset();
    }

    @Override
    public Object get(Injectable injectable) {
        if (injectable == Injectable.CLUSTER) {
            return cluster;
        }
        if (injectable == Injectable.CLOCK) {
            return cluster.clock();
        }
        throw new ParameterResolutionException("each node of a cluster has its own " + injectable
                + ": declare a parameter of type EmbeddedMemcachedCluster and use one of its nodes");
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
