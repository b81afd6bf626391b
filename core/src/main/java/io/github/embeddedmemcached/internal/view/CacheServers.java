package io.github.embeddedmemcached.internal.view;

import java.util.ArrayList;
import java.util.List;

/** The servers of a cache. They are closed before its items are dropped, so that no session calls the engine afterwards. Thread-safe. */
public final class CacheServers {
    /** A server. */
    public interface Server extends AutoCloseable {
        /** Returns whether the caller is one of the server's threads, which cannot wait for their own end. */
        boolean isServedByCurrentThread();

        /** Closes the server, and returns when no session uses the cache. Idempotent: a second call waits for the first one. */
        @Override
        void close();
    }

    private final List<Server> servers = new ArrayList<>(); // guarded by this
    private boolean closed; // guarded by this

    /**
     * Adds a server, before its sessions use the cache.
     *
     * @throws IllegalStateException if the cache has been closed
     */
    public synchronized void add(Server server) {
        if (closed) {
            throw new IllegalStateException("the cache has been closed: a server cannot serve it");
        }
        servers.add(server);
    }

    /** Removes a server that has been closed. */
    public synchronized void remove(Server server) {
        servers.remove(server);
    }

    /**
     * Closes all servers, and then runs an action: in this thread, or in a new one if this is a thread of a server. That thread must
     * also not wait for the other servers, because one of their threads may be closing the cache too.
     *
     * @param dropItems called after each call of this method, so it must be idempotent
     */
    public void close(Runnable dropItems) {
        List<Server> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(servers);
        }
        if (all.stream().anyMatch(Server::isServedByCurrentThread)) {
            startCloser(() -> close(dropItems));
            return;
        }
        all.forEach(Server::close);
        dropItems.run();
    }

    /** Starts a daemon thread that completes an operation for a thread which cannot wait for its own end. */
    public static void startCloser(Runnable operation) {
        Thread thread = new Thread(null, operation, "embedded-memcached-closer", 0, false);
        thread.setDaemon(true);
        thread.start();
    }
}
