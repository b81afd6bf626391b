package io.github.embeddedmemcached.bench.engine;

import org.jspecify.annotations.Nullable;

/** Does nothing, to measure the contribution of the machine and of the measurement itself. */
final class NoStore implements Store<String> {
    @Override
    public String key(String name) {
        return name;
    }

    @Override
    public byte @Nullable [] get(String key) {
        return null;
    }

    @Override
    public void set(String key, byte[] value) {}

    @Override
    public long size() {
        return 0;
    }

    @Override
    public void close() {}
}
