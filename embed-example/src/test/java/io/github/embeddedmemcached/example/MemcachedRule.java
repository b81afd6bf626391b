package io.github.embeddedmemcached.example;

import io.github.embeddedmemcached.EmbeddedMemcached;
import org.junit.rules.ExternalResource;

/** A JUnit 4 rule: {@code @ClassRule public static final MemcachedRule memcached = new MemcachedRule();}. */
public final class MemcachedRule extends ExternalResource {
    private final EmbeddedMemcached server = EmbeddedMemcached.start();

    @Override
    protected void after() {
        server.close();
    }

    public EmbeddedMemcached server() {
        return server;
    }
}
