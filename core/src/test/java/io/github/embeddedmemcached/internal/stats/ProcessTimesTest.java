package io.github.embeddedmemcached.internal.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProcessTimesTest {
    private static final String STATUS_START = "77 (my (odd) name) S 1 77 77 0 -1 4194560 9 9 9 9 ";

    @Test
    void shouldDivideTheTotalByTheRatioOfTheTicks() {
        ProcessTimes times = ProcessTimes.divide(Duration.ofSeconds(8), STATUS_START + "300 100 0 0 20 0");
        assertThat(times).isEqualTo(new ProcessTimes(Duration.ofSeconds(6), Duration.ofSeconds(2)));
        ProcessTimes none = ProcessTimes.divide(Duration.ZERO, STATUS_START + "0 0 0 0 20 0");
        assertThat(none).isEqualTo(new ProcessTimes(Duration.ZERO, Duration.ZERO));
    }

    @Test
    void shouldCountAllAsUserTimeIfTheStatusIsInvalid() {
        ProcessTimes all = new ProcessTimes(Duration.ofSeconds(8), Duration.ZERO);
        assertThat(ProcessTimes.divide(Duration.ofSeconds(8), "")).isEqualTo(all);
        assertThat(ProcessTimes.divide(Duration.ofSeconds(8), "77 (name) S 1")).isEqualTo(all);
        assertThat(ProcessTimes.divide(Duration.ofSeconds(8), STATUS_START + "many few 0"))
                .isEqualTo(all);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldReadBothTimesOfThisProcess() {
        ProcessTimes times = ProcessTimes.read(); // a JVM that runs tests has read its class path
        assertThat(times.user()).isPositive();
        assertThat(times.system()).isPositive();
    }
}
