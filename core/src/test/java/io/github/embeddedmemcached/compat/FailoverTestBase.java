package io.github.embeddedmemcached.compat;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.EmbeddedMemcached.Items;
import io.github.embeddedmemcached.EmbeddedMemcachedCluster;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests a client or proxy that distributes keys over three nodes by ketama hashing, while one node fails and recovers. */
@Timeout(120)
abstract class FailoverTestBase {
    static final int FAILING = 1; // the index of the node that fails

    /** The keys differ at the beginning, because twemproxy's hash does not distribute keys that differ only at the end. */
    static final List<String> KEYS =
            IntStream.range(0, 60).mapToObj(i -> i + "-key").toList();

    @AutoClose
    final EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3);

    abstract void set(String key, String value) throws Exception;

    /** Returns null if there is no item. */
    abstract @Nullable String get(String key) throws Exception;

    /** Returns the keys for which the client has an alternative node. */
    List<String> keys() {
        return KEYS;
    }

    /** Waits until the client has detected that the node is down. */
    abstract void awaitFailover() throws Exception;

    /** Waits until the client has detected that the node is up again. */
    abstract void awaitRecovery() throws Exception;

    private void set(List<String> keys, String value) throws Exception {
        for (String key : keys) {
            set(key, value);
        }
    }

    private void assertAll(List<String> keys, @Nullable String value) throws Exception {
        for (String key : keys) {
            assertThat(get(key)).as(key).isEqualTo(value);
        }
    }

    private List<String> keysAt(int... nodes) {
        return keys().stream()
                .filter(key -> IntStream.of(nodes)
                        .anyMatch(node -> cluster.node(node).cache().get(key) != null))
                .toList();
    }

    @Test
    void shouldDistributeKeysOverAllNodes() throws Exception {
        set(keys(), "value");
        assertAll(keys(), "value");
        for (int node = 0; node < 3; node++) {
            assertThat(keysAt(node)).isNotEmpty();
        }
        assertThat(keysAt(0).size() + keysAt(1).size() + keysAt(2).size()).isEqualTo(keys().size());
    }

    @Test
    void shouldUseOtherNodesWhileNodeIsDown() throws Exception {
        set(keys(), "before");
        List<String> moving = keysAt(FAILING);
        List<String> staying = keysAt(0, 2);

        cluster.stop(FAILING);
        awaitFailover();
        assertAll(moving, null);
        assertAll(staying, "before");
        set(moving, "during");
        assertAll(moving, "during");
        assertThat(keysAt(0, 2)).containsAll(moving);

        cluster.restart(FAILING);
        awaitRecovery();
        assertAll(moving, null);
        assertAll(staying, "before");
        set(keys(), "after");
        assertAll(keys(), "after");
        assertThat(keysAt(FAILING)).isEqualTo(moving);
    }

    @Test
    void shouldReturnStaleItemsOfNodeRestartedWithItsItems() throws Exception {
        set(keys(), "before");
        List<String> moving = keysAt(FAILING);

        cluster.stop(FAILING);
        awaitFailover();
        set(moving, "during");

        cluster.restart(FAILING, Items.KEPT);
        awaitRecovery();
        assertAll(moving, "before");
    }
}
