package io.github.embeddedmemcached.stress;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The operations of the stress test, in-process or over a socket. */
interface StressClient extends AutoCloseable {
    byte @Nullable [] get(String key) throws IOException;

    /** Returns whether the value was stored. */
    boolean set(String key, byte[] value, int exptimeSeconds) throws IOException;

    /** Returns whether the item existed. */
    boolean delete(String key) throws IOException;

    void flushAll() throws IOException;

    @Override
    void close() throws IOException;
}
