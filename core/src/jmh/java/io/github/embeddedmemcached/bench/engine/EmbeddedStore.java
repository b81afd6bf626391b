package io.github.embeddedmemcached.bench.engine;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.Codecs;
import io.github.embeddedmemcached.cache.TypedCache;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The cache of this project. */
abstract class EmbeddedStore<K> implements Store<K> {
    final Cache cache;

    EmbeddedStore(long bytes) {
        cache = Cache.builder().memoryLimitBytes(bytes).build();
    }

    @Override
    public long size() {
        return cache.statistics().items();
    }

    @Override
    public void close() {
        cache.close();
    }

    /** Uses String keys, as applications do. */
    static final class ByString extends EmbeddedStore<String> {
        ByString(long bytes) {
            super(bytes);
        }

        @Override
        public String key(String name) {
            return name;
        }

        @Override
        public byte @Nullable [] get(String key) {
            return cache.get(key);
        }

        @Override
        public void set(String key, byte[] value) {
            cache.set(key, value);
        }
    }

    /** Uses keys of bytes, as codecs do. */
    static final class ByBytes extends EmbeddedStore<byte[]> {
        private final TypedCache<byte[], byte[]> view = cache.typed(Codecs.bytes(), Codecs.bytes());

        ByBytes(long bytes) {
            super(bytes);
        }

        @Override
        public byte[] key(String name) {
            return name.getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public byte @Nullable [] get(byte[] key) {
            return view.get(key);
        }

        @Override
        public void set(byte[] key, byte[] value) {
            view.set(key, value);
        }
    }
}
