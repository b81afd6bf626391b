package io.github.embeddedmemcached.attack;

import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A well-behaved client that sends a request every few milliseconds over one connection and measures the latency. */
final class Prober implements AutoCloseable {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final int port;
    private final Thread thread = new Thread(this::run, "prober");
    private volatile boolean stopping;
    private volatile long slowestNanos;
    private volatile long replies;
    private volatile @Nullable Throwable failure;

    Prober(int port) {
        this.port = port;
        thread.setDaemon(true);
        thread.start();
    }

    static SocketClient connect(int port) throws IOException {
        return SocketClient.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private void run() {
        try (SocketClient client = connect(port)) {
            while (!stopping) {
                long begin = System.nanoTime();
                client.send("get none\r\n").expect("END\r\n");
                slowestNanos = Math.max(slowestNanos, System.nanoTime() - begin);
                replies = replies + 1;
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    long replies() {
        return replies;
    }

    /** Stops and returns the latency of the slowest reply; fails if a reply timed out or the connection was closed. */
    long slowestMillis() throws InterruptedException {
        stopping = true;
        thread.join();
        if (failure != null) {
            throw new AssertionError("a well-behaved client was not served", failure);
        }
        return TimeUnit.NANOSECONDS.toMillis(slowestNanos);
    }

    @Override
    public void close() {
        stopping = true;
    }
}
