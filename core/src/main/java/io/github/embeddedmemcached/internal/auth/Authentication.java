package io.github.embeddedmemcached.internal.auth;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The users of a server, and the counters of attempts to authenticate. Thread-safe. */
public final class Authentication {
    private final LongAdder attempts = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final boolean required;
    private volatile @Nullable Credentials credentials;

    /**
     * Creates the authentication of a server.
     *
     * @param credentials the users; null if clients need not authenticate
     */
    public Authentication(@Nullable Credentials credentials) {
        this.credentials = credentials;
        required = credentials != null;
    }

    /** Returns whether clients have to authenticate. The value never changes. */
    public boolean isRequired() {
        return required;
    }

    /** Replaces the users of a server that has users. Authenticated clients stay authenticated. */
    public void replace(Credentials users) {
        if (!required) {
            throw new IllegalStateException(
                    "the server was started without users: its sessions do not require authentication");
        }
        credentials = users;
    }

    /** Returns the users; null if clients need not authenticate. */
    public @Nullable Credentials credentials() {
        return credentials;
    }

    /** Counts an attempt to authenticate. */
    public void recordAttempt(boolean succeeded) {
        attempts.increment();
        if (!succeeded) {
            failures.increment();
        }
    }

    public long attempts() {
        return attempts.sum();
    }

    public long failures() {
        return failures.sum();
    }

    public void resetStatistics() {
        attempts.reset();
        failures.reset();
    }
}
