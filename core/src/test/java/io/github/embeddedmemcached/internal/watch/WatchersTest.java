package io.github.embeddedmemcached.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.connection.BufferLimits;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The places that watchers take and give back. */
class WatchersTest {
    private static final Runnable NOTHING = () -> {};

    private final Watchers watchers =
            new Watchers(new ObserverFlags(), InstantSource.system(), new ConnectionMemory(BufferLimits.DEFAULT));

    private Watcher add() {
        return Objects.requireNonNull(watchers.add(WatchKind.FETCHERS.bit(), NOTHING));
    }

    @Test
    void shouldUseThePlaceOfAWatcherAgainThatWasClosedButNotRemovedForLackOfMemory() {
        Watcher closed = add();
        for (int i = 1; i < Watchers.WATCHERS_MAX; i++) {
            add();
        }
        assertThat(watchers.add(WatchKind.FETCHERS.bit(), NOTHING)).isNull();

        closed.close(); // what remove() does first; the rest may fail
        add();
        assertThat(watchers.count()).isEqualTo(Watchers.WATCHERS_MAX);
        assertThat(watchers.add(WatchKind.FETCHERS.bit(), NOTHING)).isNull();
    }

    @Test
    void shouldTellNothingToARemovedWatcher() {
        Watcher removed = add();
        watchers.remove(removed);
        assertThat(watchers.count()).isZero();
        assertThat(watchers.isWatched(WatchKind.FETCHERS)).isFalse();
        assertThat(removed.offer(new byte[1], 1)).isFalse();
    }
}
