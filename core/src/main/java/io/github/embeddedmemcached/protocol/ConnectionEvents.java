package io.github.embeddedmemcached.protocol;

import java.util.Locale;

/** Tells those who watch which clients come and go. */
final class ConnectionEvents {
    private ConnectionEvents() {}

    // type=conn_new rip=<host> rport=<port> transport=local|tcp|udp cfd=<n>
    static void connected(Watchers watchers, int sessionNumber, SessionHost host) {
        if (watchers.watch(WatchKind.CONNEVENTS)) {
            LogLine line =
                    begin(watchers, " type=conn_new rip=", host).text(" cfd=").number(sessionNumber);
            watchers.tell(WatchKind.CONNEVENTS, line.end());
        }
    }

    // type=conn_close rip=<host> rport=<port> transport=local|tcp|udp reason=<reason> cfd=<n>
    static void disconnected(Watchers watchers, int sessionNumber, SessionHost host, CloseReason reason) {
        if (watchers.watch(WatchKind.CONNEVENTS)) {
            LogLine line = begin(watchers, " type=conn_close rip=", host)
                    .text(" reason=")
                    .text(reason.name().toLowerCase(Locale.ROOT))
                    .text(" cfd=")
                    .number(sessionNumber);
            watchers.tell(WatchKind.CONNEVENTS, line.end());
        }
    }

    private static LogLine begin(Watchers watchers, String type, SessionHost host) {
        return watchers.begin()
                .text(type)
                .text(Addresses.host(host.remoteAddress()))
                .text(" rport=")
                .number(Addresses.port(host.remoteAddress()))
                .text(" transport=")
                .text(Addresses.transport(host.remoteAddress(), host.isDatagram()));
    }
}
