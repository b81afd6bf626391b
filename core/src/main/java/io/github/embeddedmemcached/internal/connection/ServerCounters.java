package io.github.embeddedmemcached.internal.connection;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a server, without those of its cache. Thread-safe. */
public final class ServerCounters {
    private final AtomicLong openConnections = new AtomicLong();
    private final LongAdder acceptedConnections = new LongAdder();
    private final LongAdder rejectedConnections = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder turnsYielded = new LongAdder();
    private final LongAdder idleKicks = new LongAdder();
    private final LongAdder listenerPauses = new LongAdder();
    private final LongAdder tlsHandshakeErrors = new LongAdder();
    private final LongAdder tlsProtocolErrors = new LongAdder();
    private final LongAdder crawlerStarts = new LongAdder();

    /** Counts an accepted connection. */
    public void connectionOpened() {
        openConnections.incrementAndGet();
        acceptedConnections.increment();
    }

    /** Counts the end of an accepted connection. */
    public void connectionClosed() {
        openConnections.decrementAndGet();
    }

    /** Counts a connection that was rejected because the maximum was reached. */
    public void connectionRejected() {
        rejectedConnections.increment();
    }

    public void bytesRead(long count) {
        bytesRead.add(count);
    }

    public void bytesWritten(long count) {
        bytesWritten.add(count);
    }

    /** Counts a turn that ended because its request budget was exhausted. */
    public void turnYielded() {
        turnsYielded.increment();
    }

    /** Counts a connection that was closed because it was idle for too long. */
    public void idleKicked() {
        idleKicks.increment();
    }

    /** Counts a pause in accepting connections, which begins when the maximum number of connections is reached. */
    public void listenerPaused() {
        listenerPauses.increment();
    }

    /** Counts a connection that ended before its TLS handshake was complete. */
    public void tlsHandshakeFailed() {
        tlsHandshakeErrors.increment();
    }

    /** Counts a connection that violated TLS after its handshake. */
    public void tlsProtocolFailed() {
        tlsProtocolErrors.increment();
    }

    /** Counts a crawl of all items that a client requested. */
    public void crawlerStarted() {
        crawlerStarts.increment();
    }

    public long openConnections() {
        return openConnections.get();
    }

    public long acceptedConnections() {
        return acceptedConnections.sum();
    }

    public long rejectedConnections() {
        return rejectedConnections.sum();
    }

    public long bytesRead() {
        return bytesRead.sum();
    }

    public long bytesWritten() {
        return bytesWritten.sum();
    }

    public long turnsYielded() {
        return turnsYielded.sum();
    }

    public long idleKicks() {
        return idleKicks.sum();
    }

    public long listenerPauses() {
        return listenerPauses.sum();
    }

    public long tlsHandshakeErrors() {
        return tlsHandshakeErrors.sum();
    }

    public long tlsProtocolErrors() {
        return tlsProtocolErrors.sum();
    }

    public long crawlerStarts() {
        return crawlerStarts.sum();
    }

    /** Resets all counters except the number of open connections. */
    public void reset() {
        acceptedConnections.reset();
        rejectedConnections.reset();
        bytesRead.reset();
        bytesWritten.reset();
        turnsYielded.reset();
        idleKicks.reset();
        listenerPauses.reset();
        tlsHandshakeErrors.reset();
        tlsProtocolErrors.reset();
        crawlerStarts.reset();
    }
}
