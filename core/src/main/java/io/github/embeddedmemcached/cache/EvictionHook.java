package io.github.embeddedmemcached.cache;

import org.jspecify.annotations.Nullable;

/** Where the cache's listener is, if there is one. */
final class EvictionHook {
    private volatile @Nullable EvictionListener listener;

    void set(@Nullable EvictionListener listener) {
        this.listener = listener;
    }

    void tell(Segment segment, int item, boolean wasFetched, CacheClock clock, long now) {
        EvictionListener told = listener;
        if (told != null) {
            byte[] bytes = segment.bytes;
            told.onEviction(
                    bytes,
                    ItemLayout.keyOffset(bytes, item),
                    ItemLayout.keyLength(bytes, item),
                    wasFetched,
                    clock.secondsToLive(segment.expiry(item), now),
                    Math.max(0, clock.second(now) - segment.accessed(item)),
                    ItemLayout.valueLength(bytes, item),
                    ItemLayout.accountedSize(bytes, item));
        }
    }
}
