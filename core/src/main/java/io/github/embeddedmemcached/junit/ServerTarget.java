package io.github.embeddedmemcached.junit;

import io.github.embeddedmemcached.EmbeddedMemcached;
import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.EmbeddedMemcachedBuilder;
import java.util.List;
import org.junit.jupiter.api.extension.ParameterResolutionException;

/**
 * A single server in this JVM.
 *
 * @param recordedCommands the limit of recorded commands if the server's settings do not enable recording; 0 for none
 */
record ServerTarget(EmbeddedMemcached server, int recordedCommands) implements Target {
    static ServerTarget start(EmbeddedMemcachedBuilder settings, int recordedCommands) {
        var target = new ServerTarget(settings.start(), recordedCommands);
        target.record();
        return target;
    }

    @Override
    public void reset() {
        if (!server.isRunning()) {
            server.restart(Items.DROPPED);
        }
        server.reset();
        record();
    }

    private void record() {
        if (recordedCommands > 0 && !server.recording().isOn()) {
            server.recording().start(recordedCommands);
        }
    }

    @Override
    public Object get(Injectable injectable) {
        return switch (injectable) {
            case SERVER -> server;
            case CACHE -> server.cache();
            case ADDRESS -> server.address();
            case CLOCK -> server.clock();
            case RECORDING -> server.recording();
            case FAULTS -> server.faults();
            case CLUSTER ->
                throw new ParameterResolutionException(
                        "the server is not a cluster: declare @StartMemcached(nodes = 3)");
        };
    }

    @Override
    public List<EmbeddedMemcached> servers() {
        return List.of(server);
    }

    @Override
    public void close() {
        server.close();
    }
}
