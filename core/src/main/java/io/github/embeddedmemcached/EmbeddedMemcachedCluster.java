package io.github.embeddedmemcached;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.testing.ManualClock;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Several servers for a client that spreads its keys over them. The servers don't know of each other's items, as memcached's
 * never do: it is the client who says which key belongs to whom.
 *
 * <pre>{@code
 * try (EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3)) {
 *     client = new MemcachedClient(new KetamaConnectionFactory(), cluster.addresses());
 *     cluster.stop(1);
 *     ...
 *     cluster.restart(1);
 * }
 * }</pre>
 *
 * <p>A node is called by its index: those that it starts with have 0 and up, each that is added has the next, and none is ever
 * given again. Nodes can be {@link #stop(int) stopped}, which a client finds out by itself; and {@link #add() added} and {@link
 * #remove(int) removed}, which changes the configuration, and every node tells it by Amazon ElastiCache's auto discovery ({@code
 * config get cluster}). Thread-safe.
 */
public final class EmbeddedMemcachedCluster implements AutoCloseable {
    private final EmbeddedMemcachedBuilder settings;
    private final AutoDiscovery discovery = new AutoDiscovery();

    private final Object lock = new Object(); // nobody waits for a server's threads while holding it
    private final SortedMap<Integer, EmbeddedMemcached> members = new TreeMap<>(); // guarded by lock
    private int nextIndex; // guarded by lock
    private boolean closed; // guarded by lock

    private EmbeddedMemcachedCluster(int nodes, EmbeddedMemcachedBuilder settings) {
        this.settings = settings;
        try {
            for (int i = 0; i < nodes; i++) {
                startNext();
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        discovery.publish(addresses());
    }

    /**
     * Starts servers on the loopback address and free ports, with memcached's defaults.
     *
     * @param nodes how many, at least 1
     * @return a cluster whose nodes accept connections
     * @throws UncheckedIOException if the system refuses a port or threads
     */
    public static EmbeddedMemcachedCluster start(int nodes) {
        return start(nodes, EmbeddedMemcached.builder());
    }

    /**
     * Starts servers that have the same settings, and one clock. Each has its own port: a free one, or, of a builder with a
     * fixed port, that port and those that follow it.
     *
     * @param nodes how many, at least 1
     * @param settings of each node, as they are now
     * @return a cluster whose nodes accept connections
     * @throws IllegalArgumentException if the nodes can't have these settings: none can do without TCP, no two can share a Unix
     *     domain socket, and no port is above 65535
     * @throws UncheckedIOException if a port is taken, or the system refuses
     */
    public static EmbeddedMemcachedCluster start(int nodes, EmbeddedMemcachedBuilder settings) {
        if (nodes < 1) {
            throw new IllegalArgumentException("the number of nodes must be at least 1, and is " + nodes);
        }
        return new EmbeddedMemcachedCluster(nodes, settings.forCluster(nodes));
    }

    /**
     * Returns the nodes, running or stopped.
     *
     * @return an unchangeable list, in the order of their indexes; those that were removed aren't there
     */
    public List<EmbeddedMemcached> nodes() {
        synchronized (lock) {
            return List.copyOf(members.values());
        }
    }

    /**
     * Returns a node.
     *
     * @param index from 0; it is the same node as long as the cluster lives
     * @return the node, running or stopped
     * @throws IllegalArgumentException if no node has ever had the index, or it has been removed
     */
    public EmbeddedMemcached node(int index) {
        synchronized (lock) {
            EmbeddedMemcached node = members.get(index);
            if (node == null) {
                throw new IllegalArgumentException(
                        index >= 0 && index < nextIndex
                                ? "node " + index + " has been removed"
                                : "there is no node " + index + "; there are " + members.keySet());
            }
            return node;
        }
    }

    /**
     * Returns where the nodes listen. Nodes that are stopped are among them, as in the configuration of a client that is about
     * to find out.
     *
     * @return an unchangeable list, in the order of {@link #nodes()}
     */
    public List<InetSocketAddress> addresses() {
        return nodes().stream().map(EmbeddedMemcached::address).toList();
    }

    /**
     * Returns {@link #addresses()} as clients want them in one string.
     *
     * @return {@code host:port host:port}, as the {@code AddrUtil} of spymemcached and of xmemcached reads it
     */
    public String connectionString() {
        return nodes().stream().map(node -> node.host() + ":" + node.port()).collect(Collectors.joining(" "));
    }

    /**
     * Stops a node, as if it had died: {@link EmbeddedMemcached#stop()}. It stays a part of the cluster.
     *
     * @param index the node's
     */
    public void stop(int index) {
        node(index).stop();
    }

    /**
     * Lets a node listen again, without its items: {@link EmbeddedMemcached#restart()}.
     *
     * @param index the node's
     * @throws UncheckedIOException if somebody else has taken the port meanwhile
     * @throws IllegalStateException if the cluster has been closed
     */
    public void restart(int index) {
        openNode(index).restart();
    }

    /**
     * Lets a node listen again: {@link EmbeddedMemcached#restart(Items)}.
     *
     * @param index the node's
     * @param items whether they are still there
     * @throws UncheckedIOException if somebody else has taken the port meanwhile
     * @throws IllegalStateException if the cluster has been closed
     */
    public void restart(int index, Items items) {
        openNode(index).restart(items);
    }

    private EmbeddedMemcached openNode(int index) {
        synchronized (lock) {
            checkOpen();
            return node(index);
        }
    }

    /**
     * Starts one more node with the settings of the others; the configuration's version goes up.
     *
     * @return the new node's index
     * @throws UncheckedIOException if its port is taken, or the system refuses
     * @throws IllegalStateException if the cluster has been closed, or no port is left after those of the others
     */
    public int add() {
        synchronized (lock) {
            checkOpen();
            int index = startNext();
            discovery.publish(addresses());
            return index;
        }
    }

    /**
     * Closes a node for good; the configuration's version goes up. The others keep their indexes.
     *
     * @param index the node's
     * @throws IllegalStateException if it is the last one, or the cluster has been closed
     */
    public void remove(int index) {
        EmbeddedMemcached removed;
        synchronized (lock) {
            checkOpen();
            removed = node(index);
            if (members.size() == 1) {
                throw new IllegalStateException(
                        "node " + index + " is the last one, and can't be removed: stop it, or close the cluster");
            }
            members.remove(index);
            discovery.publish(addresses());
        }
        removed.close();
    }

    /**
     * Returns the version of the configuration that the nodes tell by auto discovery.
     *
     * @return 1 for the nodes that the cluster was started with, and one more for each that was added or removed since
     */
    public int configurationVersion() {
        return discovery.version();
    }

    /**
     * Returns what all the nodes read the time from, for a test to move.
     *
     * @return the clock that the builder was given, or one that runs with it
     */
    public ManualClock clock() {
        return settings.clock();
    }

    /**
     * Makes the nodes what they were when they were started, for the next test: {@link EmbeddedMemcached#reset()}. Those that are
     * stopped listen again. Which nodes there are stays as it is.
     *
     * @throws UncheckedIOException if somebody has taken the port of a stopped node
     * @throws IllegalStateException if the cluster or a node has been closed, or the caller is one of the servers' own threads
     */
    public void reset() {
        List<EmbeddedMemcached> all;
        synchronized (lock) {
            checkOpen();
            all = nodes();
        }
        doAll(all, node -> {
            if (!node.isRunning()) {
                node.restart();
            }
            node.reset();
        });
    }

    /** Closes all nodes, and waits for their threads to end. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        doAll(nodes(), EmbeddedMemcached::close);
    }

    /** Goes on when it fails for one; the first failure is thrown in the end, and brings the others along. */
    static <T> void doAll(List<T> all, Consumer<? super T> action) {
        RuntimeException failure = null;
        for (T one : all) {
            try {
                action.accept(one);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** To be called with the lock held. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the cluster has been closed: start another one");
        }
    }

    /** Starts the next node, and returns its index. */
    private int startNext() {
        synchronized (lock) {
            EmbeddedMemcached node = settings.forNode(nextIndex, discovery).start();
            members.put(nextIndex, node);
            return nextIndex++;
        }
    }

    @Override
    public String toString() {
        synchronized (lock) {
            return "EmbeddedMemcachedCluster" + members;
        }
    }
}
