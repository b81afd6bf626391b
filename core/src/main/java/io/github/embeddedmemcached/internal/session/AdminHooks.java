package io.github.embeddedmemcached.internal.session;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The actions of the administrative commands {@code shutdown}, {@code refresh_certs} and {@code debugtime}, which are implemented
 * outside the sessions. Thread-safe.
 */
public final class AdminHooks {
    private final ServerTime time;
    private volatile @Nullable Runnable shutdown;
    private volatile @Nullable Supplier<@Nullable String> certificates;
    private volatile long certificatesMillis;
    private volatile @Nullable AdjustableClock debugClock;

    AdminHooks(ServerTime time) {
        this.time = time;
        certificatesMillis = time.elapsedMillis();
    }

    /**
     * Sets the action of the shutdown command, which is executed if the command is enabled.
     *
     * @param action called by the thread of a session; must not wait for that thread; null for none
     */
    public void onShutdown(@Nullable Runnable action) {
        shutdown = action;
    }

    public @Nullable Runnable shutdown() {
        return shutdown;
    }

    /**
     * Sets the action of refresh_certs.
     *
     * @param action called by the thread of a session; returns null if successful, otherwise the reply that
     *     describes the failure. The action is null if TLS is not enabled
     */
    public void onRefreshCertificates(@Nullable Supplier<@Nullable String> action) {
        certificates = action;
    }

    /**
     * Executes refresh_certs. Called by any thread.
     *
     * @return null if successful, otherwise the reply to the client
     */
    public @Nullable String refreshCertificates() {
        Supplier<@Nullable String> action = certificates;
        if (action == null) {
            return "Error TLS not enabled";
        }
        String failure = action.get();
        if (failure == null) {
            resetCertificateAge();
        }
        return failure;
    }

    public long secondsSinceCertificates() {
        return time.secondsSince(certificatesMillis);
    }

    /** Sets the age of the certificates to zero. */
    void resetCertificateAge() {
        certificatesMillis = time.elapsedMillis();
    }

    /**
     * Sets the clock that debugtime adjusts. It should be the clock of the server and its cache.
     *
     * @param clock null if the command is not enabled
     */
    public void debugClock(@Nullable AdjustableClock clock) {
        debugClock = clock;
    }

    public @Nullable AdjustableClock debugClock() {
        return debugClock;
    }
}
