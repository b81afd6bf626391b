package io.github.embeddedmemcached.internal.intercept;

import java.time.Duration;

/**
 * A manipulation of how a reply is transferred to the client. It is applied by the host of the session; a host that does not support
 * faults sends the reply normally.
 *
 * @param kind the manipulation
 * @param bytes for {@link Kind#STALL}, {@link Kind#CLOSE} and {@link Kind#RESET} the number of bytes of the reply that are
 *     sent before, 0 or more; for {@link Kind#THROTTLE} the number of bytes at a time, 1 or more; otherwise 0
 * @param pause for {@link Kind#DELAY} the time before the first byte, for {@link Kind#THROTTLE} the time between two pieces, in real time,
 *     because a client's timeouts do not use the server's clock; otherwise zero
 */
public record ResponseFault(Kind kind, int bytes, Duration pause) {
    /** The kind of manipulation. */
    public enum Kind {
        /** The reply and everything after it is sent later. */
        DELAY,
        /** The reply is sent a few bytes at a time. */
        THROTTLE,
        /** After some bytes of the reply nothing more is sent, and all input is discarded; the connection stays open. */
        STALL,
        /** After some bytes of the reply the connection is closed. */
        CLOSE,
        /** After some bytes of the reply the connection is reset (TCP's RST). */
        RESET
    }

    /**
     * Checks the ranges.
     *
     * @param kind see above
     * @param bytes see above
     * @param pause see above
     */
    public ResponseFault {
        int bytesMin = kind == Kind.THROTTLE ? 1 : 0;
        if (bytes < bytesMin) {
            throw new IllegalArgumentException(
                    "the number of bytes must be at least " + bytesMin + ", but is " + bytes);
        }
        if (pause.isNegative()) {
            throw new IllegalArgumentException("the duration must not be negative, but is " + pause);
        }
    }
}
