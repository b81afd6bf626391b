package io.github.embeddedmemcached.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** See {@link FlightEvents#evictionBurst}. */
@Name("io.github.embeddedmemcached.EvictionBurst")
@Label("Eviction Burst")
@Description("One operation evicted more than 1000 items, for example a resize, or a store of a large value")
@Category("embedded-memcached")
final class EvictionBurstEvent extends Event {
    @Label("Cache")
    @Description("The name of the cache, if it has one")
    @Nullable String cache;

    @Label("Items")
    @Description("The number of evicted items")
    long items;

    @Label("Size")
    @Description("The total size of the evicted items")
    @DataAmount
    long bytes;

    static void emit(@Nullable String cache, long items, long bytes) {
        EvictionBurstEvent event = new EvictionBurstEvent();
        if (event.isEnabled()) {
            event.cache = cache;
            event.items = items;
            event.bytes = bytes;
            event.commit();
        }
    }
}
