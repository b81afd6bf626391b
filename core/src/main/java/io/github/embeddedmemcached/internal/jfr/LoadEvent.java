package io.github.embeddedmemcached.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** See {@link FlightEvents#commitLoad}. */
@Name("io.github.embeddedmemcached.Load")
@Label("Load")
@Description("A call of a loader")
@Category("embedded-memcached")
@StackTrace(false)
final class LoadEvent extends Event {
    @Label("Cache")
    @Description("The name of the cache, if it has one")
    @Nullable String cache;

    @Label("Failed")
    @Description("Whether the loader threw an exception")
    boolean failed;

    static @Nullable LoadEvent beginIfEnabled() {
        LoadEvent event = new LoadEvent();
        if (!event.isEnabled()) {
            return null;
        }
        event.begin();
        return event;
    }

    void emit(@Nullable String ofCache, boolean hasFailed) {
        cache = ofCache;
        failed = hasFailed;
        commit();
    }
}
