package io.github.embeddedmemcached.protocol;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Answers {@code stat} and its parts in the binary protocol: a packet for each, and an empty one behind the last. */
final class BinaryStatistics {
    private static final byte[] NO_BYTES = {};

    private final ServerState state;
    private final BinaryReplies replies;
    private final StatSink sink;
    private @Nullable SlabTally tally; // being counted
    private boolean showsSlabs; // of the tally; otherwise items

    BinaryStatistics(ServerState state, BinaryReplies replies) {
        this.state = state;
        this.replies = replies;
        sink = (name, value) -> replies.putStatistic(latin(name), latin(value));
    }

    /** Begins an answer, which {@link #proceed} completes; or returns why there is none. */
    @Nullable BinaryStatus answer(String part) {
        switch (part) {
            case "" -> new StatsReport(sink).general(state);
            case "settings" -> new StatsReport(sink).settings(state);
            case "reset" -> state.resetStatistics();
            case "sizes" -> sink.put("sizes_status", "disabled");
            case "items", "slabs" -> {
                tally = new SlabTally(state);
                showsSlabs = part.equals("slabs");
            }
            case "detail on", "detail off", "detail dump" -> {
                if (!state.settings().dumpEnabled()) {
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
            sink.put("detailed", String.join("", state.prefixes().lines()) + Reply.END.text + "\r\n");
        } else {
            state.prefixes().on(part.equals("detail on"));
        }
    }

    /** Goes on; true: the answer is complete. */
    boolean proceed() {
        SlabTally counting = tally;
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
