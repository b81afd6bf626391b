package io.github.embeddedmemcached.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.embeddedmemcached.protocol.Disturbance.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DisturbanceRangeTest {
    @ParameterizedTest
    @EnumSource
    void shouldTakeTheSmallestNumberOfBytesAndRefuseOneLess(Kind kind) {
        int bytesMin = kind == Kind.DRIP ? 1 : 0;
        assertThat(new Disturbance(kind, bytesMin, Duration.ZERO).bytes()).isEqualTo(bytesMin);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Disturbance(kind, bytesMin - 1, Duration.ZERO))
                .withMessage("the number of bytes is too small, it must be at least " + bytesMin + ", and is "
                        + (bytesMin - 1));
    }

    @Test
    void shouldRefuseANegativePause() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Disturbance(Kind.DRIP, 1, Duration.ofMillis(-1)))
                .withMessage("the pause must not be negative, and is PT-0.001S");
    }
}
