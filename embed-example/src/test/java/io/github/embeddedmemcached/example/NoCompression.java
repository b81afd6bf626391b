package io.github.embeddedmemcached.example;

import net.spy.memcached.CachedData;
import net.spy.memcached.transcoders.Transcoder;

/** Stores bytes unchanged. spymemcached's default transcoder would compress them. */
final class NoCompression implements Transcoder<byte[]> {
    @Override
    public boolean asyncDecode(CachedData data) {
        return false;
    }

    @Override
    public CachedData encode(byte[] bytes) {
        return new CachedData(0, bytes, getMaxSize());
    }

    @Override
    public byte[] decode(CachedData data) {
        return data.getData();
    }

    @Override
    public int getMaxSize() {
        return Integer.MAX_VALUE;
    }
}
