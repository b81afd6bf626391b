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
        if (injectable == Injectable.SERVER) {
            return server;
        }
        if (injectable == Injectable.CACHE) {
            return server.cache();
        }
        if (injectable == Injectable.ADDRESS) {
            return server.address();
        }
        if (injectable == Injectable.CLOCK) {
            return server.clock();
        }
        if (injectable == Injectable.RECORDING) {
            return server.recording();
        }
        if (injectable == Injectable.FAULTS) {
            return server.faults();
        }
        throw new ParameterResolutionException("the server is not a cluster: declare @StartMemcached(nodes = 3)");
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
