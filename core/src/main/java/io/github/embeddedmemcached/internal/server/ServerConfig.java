package io.github.embeddedmemcached.internal.server;

import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a server, without its cache and clock.
 *
 * @param endpoints the addresses to listen on
 * @param settings the sessions' settings; those that depend on the endpoints and on TLS are added when the server listens
 * @param tls the TLS configuration; null for plain connections
 * @param idleTimeoutMillis the time after which an idle connection is closed; 0 for never
 * @param traceSink receives a line for each command and each reply while the verbosity is 2 or more; null for no traces
 */
public record ServerConfig(
        Endpoints endpoints,
        ServerSettings settings,
        @Nullable TlsSettings tls,
        long idleTimeoutMillis,
        @Nullable Consumer<String> traceSink) {

    /** Returns the settings of a server that listens on these endpoints. */
    ServerSettings settingsFor(Endpoints bound) {
        ServerSettings bindings = settings.with(ServerOption.PORT, 0)
                .with(ServerOption.BACKLOG, bound.backlog())
                .with(ServerOption.IDLE_TIMEOUT_SECONDS, idleTimeoutSeconds())
                .with(ServerOption.TLS_ENABLED, tls != null);
        if (!bound.tcp().isEmpty()) {
            InetSocketAddress tcp = bound.tcp().get(0).address();
            InetAddress address = tcp.getAddress();
            bindings = bindings.with(ServerOption.PORT, tcp.getPort())
                    .with(ServerOption.BIND_ADDRESS, address.isAnyLocalAddress() ? "" : address.getHostAddress());
        }
        if (!bound.udp().isEmpty()) {
            bindings = bindings.with(ServerOption.UDP_PORT, bound.udp().get(0).getPort());
        }
        Endpoints.UnixSocket unix = bound.unixSocket();
        if (unix != null) {
            bindings = bindings.with(ServerOption.UNIX_SOCKET, unix.path().toString())
                    .with(ServerOption.UNIX_SOCKET_PERMISSIONS, unix.permissions());
        }
        return bindings;
    }

    private int idleTimeoutSeconds() {
        return (int) ((idleTimeoutMillis + 999) / 1000);
    }
}
