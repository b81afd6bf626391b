package io.github.embeddedmemcached;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.testing.TestClock;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Several memcached servers with the same settings and a shared clock, for clients that distribute keys over servers. The servers do not
 * communicate with each other: as with memcached, the client selects the server for a key.
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
 * <p>A node is identified by its index. The initial nodes have the indexes from 0, each added node has the next index, and
 * indexes are not reused. {@link #stop(int) Stopping} a node does not change the cluster's configuration; the client has to detect it.
 * {@link #add() Adding} and {@link #remove(int) removing} nodes changes the configuration, which every node returns for Amazon
 * ElastiCache's auto discovery ({@code config get cluster}).
 *
 * <p>Thread-safe.
 */
public final class EmbeddedMemcachedCluster implements AutoCloseable {
    private final EmbeddedMemcachedBuilder settings;
    private final AutoDiscovery discovery = new AutoDiscovery();

    private final Object lock = new Object(); // not held while waiting for a server's threads
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
     * @param nodes the number of nodes, at least 1
     * @return a cluster whose nodes accept connections
     * @throws IllegalArgumentException if the number is less than 1
     * @throws UncheckedIOException if the system has no free port, or a server cannot be started for another reason
     */
    public static EmbeddedMemcachedCluster start(int nodes) {
        return start(nodes, EmbeddedMemcached.builder());
    }

    /**
     * Starts servers with the same settings and a shared clock. Each has its own port: a free port, or if the settings have a fixed
     * port, that port and the ports after it.
     *
     * @param nodes the number of nodes, at least 1
     * @param settings the settings of each node, copied by this method
     * @return a cluster whose nodes accept connections
     * @throws IllegalArgumentException if the number is less than 1, if the settings cannot apply to several nodes (without TCP, with a
     *     Unix domain socket, or with a fixed port so high that a node's port would exceed 65535), or if {@link
     *     EmbeddedMemcachedBuilder#start()} rejects them
     * @throws UncheckedIOException if a port is in use, or a server cannot be started for another reason
     */
    public static EmbeddedMemcachedCluster start(int nodes, EmbeddedMemcachedBuilder settings) {
        if (nodes < 1) {
            throw new IllegalArgumentException("the number of nodes must be at least 1: " + nodes);
        }
        return new EmbeddedMemcachedCluster(nodes, settings.forCluster(nodes));
    }

    /**
     * Returns the nodes, running or stopped.
     *
     * @return an unmodifiable copy in the order of the indexes, without removed nodes
     */
    public List<EmbeddedMemcached> nodes() {
        synchronized (lock) {
            return List.copyOf(members.values());
        }
    }

    /**
     * Returns a node.
     *
     * @param index from 0; identifies the same node throughout the life of the cluster
     * @return the node, running or stopped
     * @throws IllegalArgumentException if there has never been a node with that index, or if it has been removed
     */
    public EmbeddedMemcached node(int index) {
        synchronized (lock) {
            EmbeddedMemcached node = members.get(index);
            if (node == null) {
                throw new IllegalArgumentException(
                        index >= 0 && index < nextIndex
                                ? "node " + index + " has been removed"
                                : "there is no node " + index + "; the nodes are " + members.keySet());
            }
            return node;
        }
    }

    /**
     * Returns the addresses of the nodes, including stopped ones.
     *
     * @return an unmodifiable copy, in the order of {@link #nodes()}
     */
    public List<InetSocketAddress> addresses() {
        return nodes().stream().map(EmbeddedMemcached::address).toList();
    }

    /**
     * Returns {@link #addresses()} as one string, in the form that many clients accept in their configuration.
     *
     * @return the {@linkplain EmbeddedMemcached#connectionString() connection strings} of the nodes, separated by spaces: {@code
     *     localhost:11211 localhost:11212}, the format of {@code AddrUtil} in spymemcached and xmemcached
     */
    public String connectionString() {
        return nodes().stream().map(EmbeddedMemcached::connectionString).collect(Collectors.joining(" "));
    }

    /**
     * Stops a node, as if its process had ended: {@link EmbeddedMemcached#stop()}. It remains a part of the cluster.
     *
     * @param index the node's index
     * @throws IllegalArgumentException if there is no node with that index
     */
    public void stop(int index) {
        node(index).stop();
    }

    /**
     * Restarts a node without its items: {@link EmbeddedMemcached#restart()}.
     *
     * @param index the node's index
     * @throws IllegalArgumentException if there is no node with that index
     * @throws UncheckedIOException if another process or server has taken the port in the meantime
     * @throws IllegalStateException if the cluster has been closed
     */
    public void restart(int index) {
        openNode(index).restart();
    }

    /**
     * Restarts a node: {@link EmbeddedMemcached#restart(Items)}.
     *
     * @param index the node's index
     * @param items whether the node keeps its items
     * @throws IllegalArgumentException if there is no node with that index
     * @throws UncheckedIOException if another process or server has taken the port in the meantime
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
     * Starts an additional node with the settings of the others, and increments the configuration's version.
     *
     * @return the new node's index
     * @throws UncheckedIOException if its port is in use, or the server cannot be started for another reason
     * @throws IllegalStateException if the cluster has been closed, or the node's port would exceed 65535
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
     * Closes and removes a node, and increments the configuration's version. The other nodes keep their indexes.
     *
     * @param index the node's index
     * @throws IllegalArgumentException if there is no node with that index
     * @throws IllegalStateException if it is the last node, or if the cluster has been closed
     */
    public void remove(int index) {
        EmbeddedMemcached removed;
        synchronized (lock) {
            checkOpen();
            removed = node(index);
            if (members.size() == 1) {
                throw new IllegalStateException(
                        "node " + index + " is the last node and cannot be removed: stop it, or close the cluster");
            }
            members.remove(index);
            discovery.publish(addresses());
        }
        removed.close();
    }

    /**
     * Returns the version of the configuration that the nodes return by auto discovery.
     *
     * @return 1 for the initial nodes, incremented whenever a node is added or removed
     */
    public int configurationVersion() {
        return discovery.version();
    }

    /**
     * Returns the clock from which all nodes read the time.
     *
     * @return the {@code TestClock} given to the builder, or one that is based on the builder's clock
     */
    public TestClock clock() {
        return settings.clock();
    }

    /**
     * Restores the initial state of all nodes, for the next test: {@link EmbeddedMemcached#reset()}. Stopped nodes are restarted
     * first. Does not add or remove nodes.
     *
     * @throws UncheckedIOException if another process or server has taken the port of a stopped node
     * @throws IllegalStateException if the cluster or a node has been closed, or if the caller is one of the servers' own threads
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

    /** Closes all nodes, and waits until their threads have ended. Idempotent. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        doAll(nodes(), EmbeddedMemcached::close);
    }

    /**
     * Applies an action to all elements, even if it fails for some of them. Throws the first exception at the end, with the others as
     * suppressed exceptions.
     */
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

    /** Must be called with the lock held. */
    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the cluster has been closed: start another one");
        }
    }

    /** Starts the next node and returns its index. */
    private int startNext() {
        synchronized (lock) {
            EmbeddedMemcached node = settings.forNode(nextIndex, discovery).start();
            members.put(nextIndex, node);
            return nextIndex++;
        }
    }

    /** Shows the nodes by their indexes. */
    @Override
    public String toString() {
        synchronized (lock) {
            return "EmbeddedMemcachedCluster" + members;
        }
    }
}
