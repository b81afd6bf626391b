package io.github.embeddedmemcached.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread is about to do. */
public final class Eventually {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private Eventually() {}

    /** Returns as soon as it is so, and fails when it never is. */
    public static void eventually(String what, BooleanSupplier isSo) {
        long begin = System.nanoTime();
        while (!isSo.getAsBoolean()) {
            if (System.nanoTime() - begin > PATIENCE_NANOS) {
                throw new AssertionError("should eventually be so: " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
