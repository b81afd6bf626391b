package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.Nullable;

/** The session that a codec works for at the moment: codecs are lent, see {@link CodecPool}. */
final class CurrentSession {
    private int number;
    private @Nullable SessionHost host;

    /** Works for another one from now on. */
    void become(int number, @Nullable SessionHost host) {
        this.number = number;
        this.host = host;
    }

    int number() {
        return number;
    }

    /** What has a session processed soon that goes on having this codec: one that watches. */
    Runnable wakeUp() {
        SessionHost woken = host;
        return woken == null ? () -> {} : woken::wakeUp;
    }
}
