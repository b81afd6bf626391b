package io.github.embeddedmemcached.internal.watch;

import io.github.embeddedmemcached.internal.connection.CloseReason;
import io.github.embeddedmemcached.internal.connection.SessionTransport;
import io.github.embeddedmemcached.internal.wire.Addresses;
import io.github.embeddedmemcached.internal.wire.LogLine;
import java.util.Locale;

/** Reports opened and closed connections to the watchers. */
public final class ConnectionEvents {
    private ConnectionEvents() {}

    // type=conn_new rip=<host> rport=<port> transport=local|tcp|udp cfd=<n>
    public static void connected(Watchers watchers, int sessionNumber, SessionTransport transport) {
        if (watchers.isWatched(WatchKind.CONNEVENTS)) {
            LogLine line = begin(watchers, " type=conn_new rip=", transport)
                    .text(" cfd=")
                    .number(sessionNumber);
            watchers.write(WatchKind.CONNEVENTS, line.end());
        }
    }

    // type=conn_close rip=<host> rport=<port> transport=local|tcp|udp reason=<reason> cfd=<n>
    public static void disconnected(
            Watchers watchers, int sessionNumber, SessionTransport transport, CloseReason reason) {
        if (watchers.isWatched(WatchKind.CONNEVENTS)) {
            LogLine line = begin(watchers, " type=conn_close rip=", transport)
                    .text(" reason=")
                    .text(reason.name().toLowerCase(Locale.ROOT))
                    .text(" cfd=")
                    .number(sessionNumber);
            watchers.write(WatchKind.CONNEVENTS, line.end());
        }
    }

    private static LogLine begin(Watchers watchers, String type, SessionTransport transport) {
        return watchers.begin()
                .text(type)
                .text(Addresses.host(transport.remoteAddress()))
                .text(" rport=")
                .number(Addresses.port(transport.remoteAddress()))
                .text(" transport=")
                .text(Addresses.transport(transport.remoteAddress()));
    }
}
