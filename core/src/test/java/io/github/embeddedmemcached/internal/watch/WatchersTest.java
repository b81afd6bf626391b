package io.github.embeddedmemcached.internal.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.embeddedmemcached.internal.connection.BufferLimits;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Limits and removal of watchers. */
class WatchersTest {
    private static final Runnable NO_WAKE_UP = () -> {};

    private final Watchers watchers =
            new Watchers(new ObserverFlags(), InstantSource.system(), new ConnectionMemory(BufferLimits.DEFAULT));

    private Watcher add() {
        return Objects.requireNonNull(watchers.add(WatchKind.FETCHERS.bit(), NO_WAKE_UP));
    }

    @Test
    void shouldNotCountAWatcherThatWasClosedButNotRemovedForLackOfMemory() {
        Watcher closed = add();
        for (int i = 1; i < Watchers.WATCHERS_MAX; i++) {
            add();
        }
        assertThat(watchers.add(WatchKind.FETCHERS.bit(), NO_WAKE_UP)).isNull();

        closed.close(); // the first step of remove(); the others may fail
        add();
        assertThat(watchers.count()).isEqualTo(Watchers.WATCHERS_MAX);
        assertThat(watchers.add(WatchKind.FETCHERS.bit(), NO_WAKE_UP)).isNull();
    }

    @Test
    void shouldSkipLinesForARemovedWatcher() {
        Watcher removed = add();
        watchers.remove(removed);
        assertThat(watchers.count()).isZero();
        assertThat(watchers.isWatched(WatchKind.FETCHERS)).isFalse();
        assertThat(removed.offer(new byte[1], 1)).isFalse();
    }
}
