package io.github.embeddedmemcached.internal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ServerSettingsTest {
    private final ServerSettings defaults = ServerSettings.defaults();

    @Test
    void shouldReturnTheDefaultOfAnOptionThatIsNotSet() {
        assertThat(defaults.get(ServerOption.MAX_CONNECTIONS)).isEqualTo(1024);
        assertThat(defaults.get(ServerOption.BIND_ADDRESS)).isEmpty();
    }

    @Test
    void shouldLeaveTheOriginalSettingsUnchanged() {
        ServerSettings changed = defaults.with(ServerOption.THREADS, 7);

        assertThat(changed.get(ServerOption.THREADS)).isEqualTo(7);
        assertThat(defaults.get(ServerOption.THREADS)).isEqualTo(4);
    }

    @Test
    void shouldAcceptTheLimitsOfARange() {
        assertThat(defaults.with(ServerOption.PORT, 0).get(ServerOption.PORT)).isZero();
        assertThat(defaults.with(ServerOption.PORT, 65535).get(ServerOption.PORT))
                .isEqualTo(65535);
    }

    @Test
    void shouldRejectAValueOutsideTheRange() {
        assertThatThrownBy(() -> defaults.with(ServerOption.PORT, 65536))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("tcpport must be between 0 and 65535: 65536");
        assertThatThrownBy(() -> defaults.with(ServerOption.REQUESTS_PER_TURN, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("reqs_per_event must be between 1 and 2147483647: 0");
    }

    @Test
    void shouldFormatValuesAsStatsSettingsShowsThem() {
        assertThat(ServerOption.UNIX_SOCKET_PERMISSIONS.format(0700)).isEqualTo("700");
        assertThat(ServerOption.BIND_ADDRESS.format("")).isEqualTo("NULL");
        assertThat(ServerOption.TLS_ENABLED.format(true)).isEqualTo("yes");
    }

    @Test
    void shouldDisableBackgroundTasksIndividually() {
        ServerSettings changed = defaults.without(BackgroundTask.LRU_CRAWLER).without(BackgroundTask.SLAB_REASSIGN);

        assertThat(changed.isEnabled(BackgroundTask.LRU_CRAWLER)).isFalse();
        assertThat(changed.isEnabled(BackgroundTask.SLAB_REASSIGN)).isFalse();
        assertThat(changed.isEnabled(BackgroundTask.LRU_MAINTAINER)).isTrue();
    }
}
