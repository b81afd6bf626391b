package io.github.embeddedmemcached.internal.connection;

import io.github.embeddedmemcached.cache.ElapsedTimeSource;
import io.github.embeddedmemcached.internal.wire.Addresses;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The listening and client sockets of a server by number, for {@code stats conns}. Thread-safe; the data of a connection of another
 * thread may be slightly outdated.
 */
public final class ConnectionList {

    private static final int MILLIS_PER_SECOND = 1000;

    private final ElapsedTimeSource clock;

    private final AtomicInteger lastNumber = new AtomicInteger();

    /** Guarded by itself. A concurrent map would be initialized by method handles, which is slow at the start of a JVM. */
    private final Map<Integer, Row> rows = new TreeMap<>();

    /** The session of a client. */
    @FunctionalInterface
    public interface Client {
        /** Returns memcached's name for the state of the connection. Called by any thread. */
        String stateName();
    }

    /** A socket: either a client's, with a transport and a session, or a listening one. */
    private static final class Row {
        private final @Nullable SocketAddress address;
        private final boolean isDatagram;
        private final long sinceMillis;
        private final @Nullable SessionTransport transport;
        private final @Nullable Client client;

        Row(
                @Nullable SocketAddress address,
                boolean isDatagram,
                long sinceMillis,
                @Nullable SessionTransport transport,
                @Nullable Client client) {
            this.address = address;
            this.isDatagram = isDatagram;
            this.sinceMillis = sinceMillis;
            this.transport = transport;
            this.client = client;
        }
    }

    /** Creates an empty list. */
    public ConnectionList(ElapsedTimeSource clock) {
        this.clock = clock;
    }

    /** Returns a number for a new socket or session. */
    public int nextNumber() {
        return lastNumber.incrementAndGet();
    }

    /**
     * Adds a listening socket.
     *
     * @param isDatagram whether it is a UDP socket
     * @return its number, for {@link #close}
     */
    public int listen(SocketAddress address, boolean isDatagram) {
        int number = nextNumber();
        add(number, new Row(shown(address), isDatagram, clock.elapsedMillis(), null, null));
        return number;
    }

    /** Returns the IPv4 wildcard for either wildcard: one socket accepts both here, and monitoring tools look for the IPv4 one. */
    private static SocketAddress shown(SocketAddress address) {
        boolean isWildcard = address instanceof InetSocketAddress internet
                && internet.getAddress() != null
                && internet.getAddress().isAnyLocalAddress();
        return isWildcard ? new InetSocketAddress("0.0.0.0", ((InetSocketAddress) address).getPort()) : address;
    }

    /** Adds a client's socket. */
    public void open(int number, Client client, SessionTransport transport) {
        add(number, new Row(null, false, 0, transport, client));
    }

    private void add(int number, Row row) {
        synchronized (rows) {
            rows.put(number, row);
        }
    }

    /** Removes a socket. */
    public void close(int number) {
        synchronized (rows) {
            rows.remove(number);
        }
    }

    /** Returns the lines of the reply to {@code stats conns}, except {@code END}. */
    public List<String> lines() {
        Map<Integer, Row> copy;
        synchronized (rows) {
            copy = new TreeMap<>(rows);
        }
        List<String> lines = new ArrayList<>();
        copy.forEach((number, row) -> addLines(number, row, lines));
        return lines;
    }

    private void addLines(int number, Row row, List<String> lines) {
        String prefix = "STAT " + number + ":";
        SessionTransport transport = row.transport;
        String state;
        long sinceMillis;
        if (transport != null && row.client != null) {
            lines.add(line(prefix, "addr", Addresses.withTransport(transport.remoteAddress(), false)));
            lines.add(line(prefix, "listen_addr", Addresses.withTransport(transport.localAddress(), false)));
            state = row.client.stateName();
            sinceMillis = transport.lastReadMillis();
        } else {
            if (row.isDatagram) {
                lines.add(line(prefix, "UDP", "UDP"));
            }
            lines.add(line(prefix, "addr", Addresses.withTransport(row.address, row.isDatagram)));
            state = row.isDatagram ? "conn_read" : "conn_listening";
            sinceMillis = row.sinceMillis;
        }
        lines.add(line(prefix, "state", state));
        long seconds = Math.max(0, clock.elapsedMillis() - sinceMillis) / MILLIS_PER_SECOND;
        lines.add(line(prefix, "secs_since_last_cmd", Long.toString(seconds)));
    }

    private static String line(String prefix, String name, String value) {
        return prefix + name + " " + value + "\r\n";
    }
}
