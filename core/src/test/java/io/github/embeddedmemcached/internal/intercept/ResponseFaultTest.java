package io.github.embeddedmemcached.internal.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.embeddedmemcached.internal.intercept.ResponseFault.Kind;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResponseFaultTest {
    @ParameterizedTest
    @EnumSource
    void shouldAcceptTheMinimumNumberOfBytesAndRejectOneLess(Kind kind) {
        int bytesMin = kind == Kind.THROTTLE ? 1 : 0;
        assertThat(new ResponseFault(kind, bytesMin, Duration.ZERO).bytes()).isEqualTo(bytesMin);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResponseFault(kind, bytesMin - 1, Duration.ZERO))
                .withMessage("the number of bytes must be at least " + bytesMin + ", but is " + (bytesMin - 1));
    }

    @Test
    void shouldRejectANegativePause() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResponseFault(Kind.THROTTLE, 1, Duration.ofMillis(-1)))
                .withMessage("the duration must not be negative, but is PT-0.001S");
    }
}
