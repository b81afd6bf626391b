package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.EngineSettings;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.view.CacheServers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;

/** Starts servers for tests. */
public final class MemcachedServers {
    private MemcachedServers() {}

    /** Returns the configuration of a server that listens on a free TCP port. */
    public static ServerConfig config() {
        return config(new Endpoints(
                List.of(new Endpoints.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), false)),
                List.of(),
                null,
                1024));
    }

    private static ServerConfig config(Endpoints endpoints) {
        return new ServerConfig(endpoints, ServerSettings.defaults(), null, 0, null);
    }

    /** Starts a server on these endpoints, with a cache of its own. */
    static MemcachedServer start(Endpoints endpoints) {
        EngineSettings settings = EngineSettings.defaults();
        CacheEngine cache = new CacheEngine(settings);
        return new MemcachedServer(
                config(endpoints),
                cache,
                new CacheServers(),
                settings.clock(),
                null,
                new InterceptorChain(),
                cache::clear);
    }

    /** Returns the address of a server that listens on TCP. */
    public static InetSocketAddress address(MemcachedServer server) {
        return Objects.requireNonNull(server.address());
    }
}
