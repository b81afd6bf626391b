package io.github.embeddedmemcached.bench.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.caffinitas.ohc.CacheSerializer;
import org.caffinitas.ohc.OHCache;
import org.caffinitas.ohc.OHCacheBuilder;
import org.jspecify.annotations.Nullable;

/** OHC, an off-heap hash table. */
final class OhcStore implements Store<byte[]> {
    /** Serializes a byte array as its length and bytes. */
    private static final class Bytes implements CacheSerializer<byte[]> {
        @Override
        public void serialize(byte[] value, ByteBuffer target) {
            target.putInt(value.length).put(value);
        }

        @Override
        public byte[] deserialize(ByteBuffer source) {
            byte[] value = new byte[source.getInt()];
            source.get(value);
            return value;
        }

        @Override
        public int serializedSize(byte[] value) {
            return Integer.BYTES + value.length;
        }
    }

    private final OHCache<byte[], byte[]> cache;

    OhcStore(long bytes) {
        cache = OHCacheBuilder.<byte[], byte[]>newBuilder()
                .keySerializer(new Bytes())
                .valueSerializer(new Bytes())
                .capacity(bytes)
                .build();
    }

    @Override
    public byte[] key(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        return cache.get(key);
    }

    @Override
    public void set(byte[] key, byte[] value) {
        cache.put(key, value);
    }

    @Override
    public long size() {
        return cache.size();
    }

    @Override
    public void close() {
        try {
            cache.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
