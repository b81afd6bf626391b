package io.github.embeddedmemcached.internal.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A save or a restore, see {@link FlightEvents#commitFile}. */
@Category("embedded-memcached")
@StackTrace(false)
abstract class FileEvent extends Event {
    @Label("Cache")
    @Description("The name of the cache, if it has one")
    @Nullable String cache;

    @Label("Path")
    @Description("The path of the file")
    String path = "";

    @Label("Items")
    @Description("The number of items that were written or read")
    long items;

    @Label("Size")
    @Description("The length of the file")
    @DataAmount
    long bytes;

    @Label("Failed")
    @Description("Whether the operation failed")
    boolean failed;

    final @Nullable FileEvent ifEnabled() {
        if (!isEnabled()) {
            return null;
        }
        begin();
        return this;
    }

    final void emit(@Nullable String ofCache, String toPath, long itemCount, long length, boolean hasFailed) {
        cache = ofCache;
        path = toPath;
        items = itemCount;
        bytes = length;
        failed = hasFailed;
        commit();
    }

    @Name("io.github.embeddedmemcached.Save")
    @Label("Save")
    @Description("The items of a cache were written to a file")
    static final class Save extends FileEvent {
        static @Nullable FileEvent beginIfEnabled() {
            return new Save().ifEnabled();
        }
    }

    @Name("io.github.embeddedmemcached.Restore")
    @Label("Restore")
    @Description("The items of a cache were read from a file")
    static final class Restore extends FileEvent {
        static @Nullable FileEvent beginIfEnabled() {
            return new Restore().ifEnabled();
        }
    }
}
