package io.github.embeddedmemcached.protocol;

import java.time.Duration;

/**
 * How an answer's way to the client is disturbed. It is up to the host of the session to do it; one that can't sends the answer
 * as if nothing were.
 *
 * @param kind what happens
 * @param bytes for {@link Kind#STALL}, {@link Kind#CLOSE} and {@link Kind#RESET} how many bytes of the answer are sent before, 0 or
 *     more; for {@link Kind#DRIP} how many at a time, 1 or more; otherwise 0
 * @param pause for {@link Kind#DELAY} how long before the first byte, for {@link Kind#DRIP} how long between two pieces, in real time:
 *     a client's time-outs don't go by the server's clock; otherwise zero
 */
public record Disturbance(Kind kind, int bytes, Duration pause) {
    /** What happens to an answer. */
    public enum Kind {
        /** It comes later, and so does everything behind it. */
        DELAY,
        /** It comes a few bytes at a time. */
        DRIP,
        /** After some of its bytes nothing comes any more, and nothing is listened to; the connection stays open. */
        STALL,
        /** After some of its bytes the connection is closed. */
        CLOSE,
        /** After some of its bytes the connection is reset (TCP's RST). */
        RESET
    }

    /**
     * Checks the ranges.
     *
     * @param kind what happens
     * @param bytes see above
     * @param pause see above
     */
    public Disturbance {
        int bytesMin = kind == Kind.DRIP ? 1 : 0;
        if (bytes < bytesMin) {
            throw new IllegalArgumentException(
                    "the number of bytes is too small, it must be at least " + bytesMin + ", and is " + bytes);
        }
        if (pause.isNegative()) {
            throw new IllegalArgumentException("the pause must not be negative, and is " + pause);
        }
    }
}
