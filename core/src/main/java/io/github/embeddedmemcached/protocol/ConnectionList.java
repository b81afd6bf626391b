package io.github.embeddedmemcached.protocol;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The sockets of a server, the listening ones and those of its clients, by their numbers: {@code stats conns}. Thread-safe; what is
 * said of a connection that another thread serves may be a little behind.
 */
final class ConnectionList {

    /** One socket. */
    private interface Row {
        /** Adds lines about it, each beginning with the prefix. */
        void describe(String prefix, StatSink stat);
    }

    /** A client's. */
    private final class Client implements Row {
        private final ProtocolSession session;
        private final SessionHost host;

        Client(ProtocolSession session, SessionHost host) {
            this.session = session;
            this.host = host;
        }

        @Override
        public void describe(String prefix, StatSink stat) {
            stat.put(prefix + "addr", Addresses.withTransport(host.remoteAddress(), host.isDatagram()));
            stat.put(prefix + "listen_addr", Addresses.withTransport(host.localAddress(), host.isDatagram()));
            stat.put(prefix + "state", session.stateName());
            stat.put(prefix + "secs_since_last_cmd", state.secondsSince(host.lastHeardMillis()));
        }
    }

    private final ServerState state;
    private final NavigableMap<Integer, Row> rows = new ConcurrentSkipListMap<>();

    ConnectionList(ServerState state) {
        this.state = state;
    }

    void listen(int number, SocketAddress address, boolean isDatagram) {
        long sinceMillis = state.elapsedMillis();
        rows.put(number, (prefix, stat) -> {
            if (isDatagram) {
                stat.put(prefix + "UDP", "UDP");
            }
            stat.put(prefix + "addr", Addresses.withTransport(shown(address), isDatagram));
            stat.put(prefix + "state", isDatagram ? "conn_read" : "conn_listening");
            stat.put(prefix + "secs_since_last_cmd", state.secondsSince(sinceMillis));
        });
    }

    /** One socket hears both kinds of wildcard here; memcached has two, and everybody looks for the older kind. */
    private static SocketAddress shown(SocketAddress address) {
        boolean isWildcard = address instanceof InetSocketAddress internet
                && internet.getAddress() != null
                && internet.getAddress().isAnyLocalAddress();
        return isWildcard ? new InetSocketAddress("0.0.0.0", ((InetSocketAddress) address).getPort()) : address;
    }

    void open(int number, ProtocolSession session, SessionHost host) {
        rows.put(number, new Client(session, host));
    }

    void close(int number) {
        rows.remove(number);
    }

    /** All lines of the answer but the last. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        rows.forEach((number, row) ->
                row.describe(number + ":", (name, value) -> lines.add("STAT " + name + " " + value + "\r\n")));
        return lines;
    }
}
