package io.github.embeddedmemcached.internal.connection;

import io.github.embeddedmemcached.internal.wire.Addresses;
import io.github.embeddedmemcached.internal.wire.StatSink;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The listening and client sockets of a server by number, for {@code stats conns}. Thread-safe; the data of a connection of another
 * thread may be slightly outdated.
 */
public final class ConnectionList {

    private static final int MILLIS_PER_SECOND = 1000;

    /** The statistics of one socket. */
    private final LongSupplier elapsedMillis;

    private final AtomicInteger lastNumber = new AtomicInteger();

    /** Each socket writes its statistics to a sink, with a prefix before each name. */
    private final NavigableMap<Integer, BiConsumer<String, StatSink>> rows = new ConcurrentSkipListMap<>();

    /** Creates an empty list with a monotonic clock. */
    public ConnectionList(LongSupplier elapsedMillis) {
        this.elapsedMillis = elapsedMillis;
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
        long sinceMillis = elapsedMillis.getAsLong();
        rows.put(number, (prefix, stat) -> {
            if (isDatagram) {
                stat.put(prefix + "UDP", "UDP");
            }
            stat.put(prefix + "addr", Addresses.withTransport(shown(address), isDatagram));
            stat.put(prefix + "state", isDatagram ? "conn_read" : "conn_listening");
            stat.put(prefix + "secs_since_last_cmd", secondsSince(sinceMillis));
        });
        return number;
    }

    private long secondsSince(long millis) {
        return Math.max(0, elapsedMillis.getAsLong() - millis) / MILLIS_PER_SECOND;
    }

    /** Returns the IPv4 wildcard for either wildcard: one socket accepts both here, and monitoring tools look for the IPv4 one. */
    private static SocketAddress shown(SocketAddress address) {
        boolean isWildcard = address instanceof InetSocketAddress internet
                && internet.getAddress() != null
                && internet.getAddress().isAnyLocalAddress();
        return isWildcard ? new InetSocketAddress("0.0.0.0", ((InetSocketAddress) address).getPort()) : address;
    }

    /** Adds a client's socket; the state has one of memcached's names. */
    public void open(int number, Supplier<String> state, SessionTransport transport) {
        rows.put(number, (prefix, stat) -> {
            stat.put(prefix + "addr", Addresses.withTransport(transport.remoteAddress(), false));
            stat.put(prefix + "listen_addr", Addresses.withTransport(transport.localAddress(), false));
            stat.put(prefix + "state", state.get());
            stat.put(prefix + "secs_since_last_cmd", secondsSince(transport.lastReadMillis()));
        });
    }

    /** Removes a socket. */
    public void close(int number) {
        rows.remove(number);
    }

    /** Returns the lines of the reply to {@code stats conns}, except {@code END}. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        rows.forEach((number, row) ->
                row.accept(number + ":", (name, value) -> lines.add("STAT " + name + " " + value + "\r\n")));
        return lines;
    }
}
