package io.github.embeddedmemcached.internal.binary;

import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.stats.SlabStatistics;
import io.github.embeddedmemcached.internal.stats.StatsReport;
import io.github.embeddedmemcached.internal.wire.StatSink;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Answers {@code stat} and its parts in the binary protocol: a packet for each, and an empty one behind the last. */
public final class BinaryStatistics {
    private static final byte[] NO_BYTES = {};

    private final ServerContext context;
    private final BinaryReplies replies;
    private final StatSink sink;
    private @Nullable SlabStatistics tally; // being counted
    private boolean showsSlabs; // of the tally; otherwise items

    public BinaryStatistics(ServerContext context, BinaryReplies replies) {
        this.context = context;
        this.replies = replies;
        sink = (name, value) -> replies.putStatistic(latin(name), latin(value));
    }

    /** Begins an answer, which {@link #proceed} completes; or returns why there is none. */
    public @Nullable BinaryStatus answer(String part) {
        switch (part) {
            case "" -> new StatsReport(sink).general(context);
            case "settings" -> new StatsReport(sink).settings(context);
            case "reset" -> context.resetStatistics();
            case "sizes" -> sink.put("sizes_status", "disabled");
            case "items", "slabs" -> {
                tally = new SlabStatistics(context);
                showsSlabs = part.equals("slabs");
            }
            case "detail on", "detail off", "detail dump" -> {
                if (!context.settings().get(ServerOption.DUMP_ENABLED)) {
                    return BinaryStatus.AUTH_FAILURE; // as for a flush; memcached forgets to refuse it here
                }
                detail(part);
            }
            default -> {
                return BinaryStatus.NOT_FOUND;
            }
        }
        return null;
    }

    private void detail(String part) {
        if (part.equals("detail dump")) {
            sink.put("detailed", String.join("", context.prefixes().lines()) + Reply.END.text + "\r\n");
        } else {
            context.prefixes().enable(part.equals("detail on"));
        }
    }

    /** Goes on; true: the answer is complete. */
    public boolean proceed() {
        SlabStatistics counting = tally;
        if (counting != null) {
            if (!counting.proceed()) {
                return false;
            }
            if (showsSlabs) {
                counting.slabs(sink);
            } else {
                counting.items(sink);
            }
            tally = null; // not before: without memory, the step is tried again
        }
        replies.putStatistic(NO_BYTES, NO_BYTES);
        return true;
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
