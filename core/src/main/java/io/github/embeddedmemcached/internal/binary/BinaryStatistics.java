package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.stats.SlabStatistics;
import io.github.embeddedmemcached.internal.stats.StatsReport;
import io.github.embeddedmemcached.internal.wire.StatSink;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The replies to {@code stat} in the binary protocol: a packet for each statistic, and an empty packet at the end. */
public final class BinaryStatistics {
    private static final byte[] NO_BYTES = {};

    private final ServerContext context;
    private final BinaryReplies replies;
    private final StatSink sink;
    private @Nullable SlabStatistics slabStatistics; // while items are counted
    private boolean reportsSlabs; // the report after the count: slabs or items

    public BinaryStatistics(ServerContext context, BinaryReplies replies) {
        this.context = context;
        this.replies = replies;
        sink = (name, value) -> replies.putStatistic(latin1(name), latin1(value));
    }

    /** Begins a reply, which {@link #proceed} completes. Returns the status of an error, in which case there is no reply to complete. */
    public @Nullable BinaryStatus begin(String group) {
        switch (group) {
            case "" -> new StatsReport(sink).general(context);
            case "settings" -> new StatsReport(sink).settings(context);
            case "reset" -> context.resetStatistics();
            case "sizes" -> sink.put("sizes_status", "disabled");
            case "items", "slabs" -> {
                slabStatistics = new SlabStatistics(context);
                reportsSlabs = group.equals("slabs");
            }
            case "detail on", "detail off", "detail dump" -> {
                if (!context.settings().get(ServerOption.DUMP_ENABLED)) {
                    return BinaryStatus.AUTH_FAILURE; // as for flush; memcached does not check the option here
                }
                detail(group);
            }
            default -> {
                return BinaryStatus.NOT_FOUND;
            }
        }
        return null;
    }

    private void detail(String command) {
        if (command.equals("detail dump")) {
            sink.put("detailed", String.join("", context.prefixes().lines()) + Reply.END.text + "\r\n");
        } else {
            context.prefixes().enable(command.equals("detail on"));
        }
    }

    /** Continues the reply. Returns whether it is complete. */
    public boolean proceed() {
        SlabStatistics counting = slabStatistics;
        if (counting != null) {
            if (!counting.proceed()) {
                return false;
            }
            if (reportsSlabs) {
                counting.slabs(sink);
            } else {
                counting.items(sink);
            }
            slabStatistics = null; // not earlier: after an OutOfMemoryError, the step is repeated
        }
        replies.putStatistic(NO_BYTES, NO_BYTES);
        return true;
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
