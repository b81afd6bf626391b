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

/** Three nodes, and somebody who spreads keys over them by ketama hashing: what becomes of the keys when one dies and comes back. */
@Timeout(120)
abstract class ThreeNodes {
    static final int MORTAL = 1;

    /** They differ at the front, since twemproxy's hash is none that spreads a difference at the end. */
    static final List<String> KEYS =
            IntStream.range(0, 60).mapToObj(i -> i + "-key").toList();

    @AutoClose
    final EmbeddedMemcachedCluster cluster = EmbeddedMemcachedCluster.start(3);

    abstract void set(String key, String value) throws Exception;

    /** Null: it isn't there. */
    abstract @Nullable String get(String key) throws Exception;

    /** Those that the client can spread as it should. */
    List<String> keys() {
        return KEYS;
    }

    /** Waits until the client knows that the mortal node is dead. */
    abstract void awaitLoss() throws Exception;

    /** Waits until the client knows that the mortal node is back. */
    abstract void awaitReturn() throws Exception;

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
    void shouldSpreadItsKeysOverAllNodes() throws Exception {
        set(keys(), "value");
        assertAll(keys(), "value");
        for (int node = 0; node < 3; node++) {
            assertThat(keysAt(node)).isNotEmpty();
        }
        assertThat(keysAt(0).size() + keysAt(1).size() + keysAt(2).size()).isEqualTo(keys().size());
    }

    @Test
    void shouldTurnToTheOthersWhenANodeDiesAndBackWhenItReturns() throws Exception {
        set(keys(), "before");
        List<String> moving = keysAt(MORTAL);
        List<String> staying = keysAt(0, 2);

        cluster.stop(MORTAL);
        awaitLoss();
        assertAll(moving, null);
        assertAll(staying, "before");
        set(moving, "meanwhile");
        assertAll(moving, "meanwhile");
        assertThat(keysAt(0, 2)).containsAll(moving);

        cluster.restart(MORTAL);
        awaitReturn();
        assertAll(moving, null);
        assertAll(staying, "before");
        set(keys(), "after");
        assertAll(keys(), "after");
        assertThat(keysAt(MORTAL)).isEqualTo(moving);
    }

    @Test
    void shouldFindStaleItemsWhenANodeReturnsThatKeptThem() throws Exception {
        set(keys(), "before");
        List<String> moving = keysAt(MORTAL);

        cluster.stop(MORTAL);
        awaitLoss();
        set(moving, "meanwhile");

        cluster.restart(MORTAL, Items.KEPT);
        awaitReturn();
        assertAll(moving, "before");
    }
}
