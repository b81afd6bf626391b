package io.github.embeddedmemcached.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.embeddedmemcached.internal.connection.ConnectionMemory.Account;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionMemoryTest {
    private static final int LIMIT = 8000;
    private static final int RESPONSE_LIMIT = 4000;

    private final ConnectionMemory memory = new ConnectionMemory(new BufferLimits(LIMIT, RESPONSE_LIMIT));
    private final Account first = memory.newAccount();
    private final Account second = memory.newAccount();

    @Test
    void shouldUseFractionOfHeapByDefault() {
        ConnectionMemory unlimited = new ConnectionMemory(BufferLimits.DEFAULT);
        assertThat(unlimited.limitBytes())
                .isEqualTo(unlimited.responseLimitBytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 16);
    }

    @Test
    void shouldNotAllowMoreForRepliesThanForBoth() {
        assertThat(new ConnectionMemory(new BufferLimits(LIMIT, LIMIT + 1)).responseLimitBytes())
                .isEqualTo(LIMIT);
        assertThat(memory.limitBytes()).isEqualTo(LIMIT);
        assertThat(memory.responseLimitBytes()).isEqualTo(RESPONSE_LIMIT);
    }

    @Test
    void shouldNotAllocateMemoryWhenRefreshed() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            first.refresh();
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(8_000);
    }

    @Test
    void shouldSumMemoryAndConnectionsOfThreads() {
        first.countRead(0, 100);
        first.countRead(0, 30);
        first.countRead(100, 0);
        second.countRead(0, 5);
        first.countResponse(0, 7);
        second.countResponse(0, 11);
        second.countResponse(11, 2);
        assertThat(memory.readBytes()).isEqualTo(35);
        assertThat(memory.readCount()).isEqualTo(2);
        assertThat(memory.responseBytes()).isEqualTo(9);
        assertThat(memory.responseCount()).isEqualTo(2);
        assertThat(first.bytes()).isEqualTo(37);
    }

    @Test
    void shouldNotCountClosedAccounts() {
        first.countRead(0, 100);
        memory.closeAccount(first);
        assertThat(memory.readBytes()).isZero();
    }

    @Test
    void shouldBeTightFromHalfOfLimitOn() {
        first.countRead(0, LIMIT / 2 - 1);
        assertThat(first.isTight()).isFalse();
        first.countRead(LIMIT / 2 - 1, LIMIT / 2);
        assertThat(first.isTight()).isTrue();
    }

    @Test
    void shouldBeTightFromHalfOfReplyLimitOn() {
        first.countResponse(0, RESPONSE_LIMIT / 2 - 1);
        assertThat(first.isTight()).isFalse();
        first.countResponse(RESPONSE_LIMIT / 2 - 1, RESPONSE_LIMIT / 2);
        assertThat(first.isTight()).isTrue();
    }

    @Test
    void shouldBeTightFrom32MebibytesOnWhateverTheLimit() {
        Account account = new ConnectionMemory(new BufferLimits(1L << 30, 1L << 30)).newAccount();
        account.countRead(0, (32 << 20) - 1);
        assertThat(account.isTight()).isFalse();
        account.countRead((32 << 20) - 1, 32 << 20);
        assertThat(account.isTight()).isTrue();
    }

    @Test
    void shouldIncludeOtherThreadsAfterRefresh() {
        second.countRead(0, LIMIT / 2);
        assertThat(first.isTight()).isFalse();
        first.refresh();
        assertThat(first.isTight()).isTrue();
        first.countRead(0, LIMIT / 2);
        assertThat(first.isOver()).isFalse();
        first.countRead(LIMIT / 2, LIMIT / 2 + 1);
        assertThat(first.isOver()).isTrue();
        assertThat(first.isOverWithResponses()).isFalse();
        assertThat(first.exceedsShare()).isTrue();
        assertThat(second.exceedsShare()).isFalse();
    }

    @Test
    void shouldDetectExceededReplyLimit() {
        second.countResponse(0, RESPONSE_LIMIT / 2);
        first.refresh();
        first.countResponse(0, RESPONSE_LIMIT / 2);
        assertThat(first.isOver()).isFalse();
        first.countResponse(RESPONSE_LIMIT / 2, RESPONSE_LIMIT / 2 + 1);
        assertThat(first.isOver()).isTrue();
        assertThat(first.isOverWithResponses()).isTrue();
        second.refresh();
        assertThat(first.exceedsShare()).isTrue();
        assertThat(second.exceedsShare()).isFalse();
    }

    @Test
    void shouldDivideLimitMinusWatchersAmongThreads() {
        memory.reserveForWatcher(900);
        first.countRead(0, 3600);
        second.countRead(0, 3501);
        first.refresh();
        second.refresh();
        assertThat(first.isOver()).isTrue();
        assertThat(first.exceedsShare()).isTrue();
        assertThat(second.exceedsShare()).isFalse();
    }

    @Test
    void shouldDivideReplyLimitMinusWatchersAmongThreads() {
        memory.reserveForWatcher(900);
        first.countResponse(0, 1551);
        second.countResponse(0, 1550);
        first.refresh();
        second.refresh();
        assertThat(first.isOverWithResponses()).isTrue();
        assertThat(first.exceedsShare()).isTrue();
        assertThat(second.exceedsShare()).isFalse();
    }

    @Test
    void shouldNotBecomeTightForWatchersAlone() {
        assertThat(memory.reserveForWatcher(RESPONSE_LIMIT / 4)).isTrue();
        assertThat(memory.reserveForWatcher(1)).isFalse();
        first.refresh();
        assertThat(first.isTight()).isFalse();
        assertThat(memory.responseBytes()).isEqualTo(RESPONSE_LIMIT / 4);
        memory.releaseForWatcher(1);
        assertThat(memory.reserveForWatcher(1)).isTrue();
    }

    @Test
    void shouldReserveNothingForWatchersIfMemoryIsTight() {
        first.countRead(0, RESPONSE_LIMIT / 2 - 10);
        assertThat(memory.reserveForWatcher(11)).isFalse();
        assertThat(memory.reserveForWatcher(10)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountFailuresForLackOfMemory(boolean forInput) {
        memory.countOutOfMemory(forInput);
        assertThat(memory.readOutOfMemory()).isEqualTo(forInput ? 1 : 0);
        assertThat(memory.responseOutOfMemory()).isEqualTo(forInput ? 0 : 1);
        memory.resetStatistics();
        assertThat(memory.readOutOfMemory()).isZero();
        assertThat(memory.responseOutOfMemory()).isZero();
    }
}
