package io.github.embeddedmemcached.internal.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that another thread establishes. */
public final class Eventually {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private Eventually() {}

    /**
     * Blocks until the condition holds; fails after a timeout.
     *
     * @param description a clause for the failure message: {@code the server listens}
     */
    public static void eventually(String description, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > TIMEOUT_NANOS) {
                throw new AssertionError("timed out before this condition held: " + description);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
