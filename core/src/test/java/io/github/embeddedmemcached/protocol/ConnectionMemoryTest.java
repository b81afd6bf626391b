package io.github.embeddedmemcached.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which threads have to close connections, where queues of watchers are a part of what is held. */
class ConnectionMemoryTest {
    @Test
    void shouldHaveOneThreadCloseConnectionsWhereWatchersHoldAPartOfTheLimit() {
        ConnectionMemory memory = new ConnectionMemory(new BufferLimits(1000, 0));
        ConnectionMemory.Account first = memory.newAccount();
        ConnectionMemory.Account second = memory.newAccount();
        assertThat(memory.takeForWatcher(400)).isTrue();
        first.countRead(0, 301);
        second.countRead(0, 300);
        first.refresh();
        second.refresh();

        // otherwise each wakes the other up for ever to have it close connections
        assertThat(first.isOver()).isTrue();
        assertThat(first.exceedsShare()).isTrue();
        assertThat(second.exceedsShare()).isFalse();
    }

    @Test
    void shouldHaveOneThreadCloseConnectionsWhereWatchersHoldAPartOfTheLimitForReplies() {
        ConnectionMemory memory = new ConnectionMemory(new BufferLimits(10_000, 1000));
        ConnectionMemory.Account first = memory.newAccount();
        ConnectionMemory.Account second = memory.newAccount();
        assertThat(memory.takeForWatcher(400)).isTrue();
        first.countResponse(0, 300);
        second.countResponse(0, 301);
        first.refresh();
        second.refresh();

        assertThat(second.isOver()).isTrue();
        assertThat(first.exceedsShare()).isFalse();
        assertThat(second.exceedsShare()).isTrue();
    }

    @Test
    void shouldNotLetWatchersExceedTheLimitForReplies() {
        ConnectionMemory memory = new ConnectionMemory(new BufferLimits(10_000, 1000));
        ConnectionMemory.Account account = memory.newAccount();
        assertThat(memory.takeForWatcher(500)).isTrue();
        assertThat(memory.takeForWatcher(1)).isFalse();
        account.refresh();
        assertThat(account.isOver()).isFalse();

        memory.giveBackOfWatcher(500);
        assertThat(memory.takeForWatcher(500)).isTrue();
    }
}
