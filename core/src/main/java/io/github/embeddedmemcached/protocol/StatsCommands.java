package io.github.embeddedmemcached.protocol;

import static io.github.embeddedmemcached.protocol.AsciiNumbers.INVALID;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers {@code stats} and its parts in the text protocol. What is long is answered piece by piece. */
final class StatsCommands {
    private final ServerState state;
    private final TextReplies replies;

    StatsCommands(ServerState state, TextReplies replies) {
        this.state = state;
        this.replies = replies;
    }

    /**
     * Answers.
     *
     * @param words what stands behind "stats"
     * @return what is left to be answered, or null
     */
    // stats [settings|items|slabs|sizes|conns|extstore|reset]
    // stats detail on|off|dump
    // stats cachedump <class> <lines>
    @Nullable LongAnswer answer(List<String> words) {
        return switch (words.isEmpty() ? "" : words.get(0)) {
            case "" -> {
                new StatsReport(replies.output()).general(state);
                yield reply(Reply.END);
            }
            case "settings" -> {
                new StatsReport(replies.output()).settings(state);
                yield reply(Reply.END);
            }
            case "items" -> items();
            case "slabs" -> slabs();
            case "sizes" -> {
                replies.output().put(Reply.SIZES_OFF.line);
                yield reply(Reply.END);
            }
            case "conns" -> new Lines(state.connections().lines());
            case "extstore" -> reply(Reply.END);
            case "detail" -> detail(words);
            case "cachedump" -> cachedump(words);
            case "reset" -> {
                state.resetStatistics();
                yield reply(Reply.RESET);
            }
            default -> reply(Reply.ERROR);
        };
    }

    private LongAnswer items() {
        SlabTally tally = new SlabTally(state);
        return output -> {
            boolean complete = tally.proceed();
            if (complete) {
                tally.items(StatsReport.lines(output));
                output.put(Reply.END.line);
            }
            return complete;
        };
    }

    private LongAnswer slabs() {
        SlabTally tally = new SlabTally(state);
        return output -> {
            boolean complete = tally.proceed();
            if (complete) {
                tally.slabs(StatsReport.lines(output));
                output.put(Reply.END.line);
            }
            return complete;
        };
    }

    private @Nullable LongAnswer detail(List<String> words) {
        if (!state.settings().dumpEnabled()) {
            return reply(Reply.DETAIL_OFF);
        }
        return switch (words.size() < 2 ? "" : words.get(1)) {
            case "on" -> {
                state.prefixes().on(true);
                yield reply(Reply.OK);
            }
            case "off" -> {
                state.prefixes().on(false);
                yield reply(Reply.OK);
            }
            case "dump" -> new Lines(state.prefixes().lines());
            default -> reply(Reply.BAD_DETAIL);
        };
    }

    private @Nullable LongAnswer cachedump(List<String> words) {
        if (!state.settings().dumpEnabled()) {
            return reply(Reply.CACHEDUMP_OFF);
        }
        if (words.size() < 3) {
            return reply(Reply.BAD_CACHEDUMP);
        }
        long id = AsciiNumbers.strictUint32(words.get(1));
        long lines = AsciiNumbers.strictUint32(words.get(2));
        if (id == INVALID || lines == INVALID) {
            return reply(Reply.BAD_LINE);
        }
        if (id >= ClassSet.ID_END) {
            return reply(Reply.BAD_CLASS_OF_CACHEDUMP);
        }
        return new ItemDump(state, ItemDump.Form.CACHEDUMP, new ClassSet(1L << id), lines);
    }

    private @Nullable LongAnswer reply(Reply reply) {
        replies.put(reply);
        return null;
    }
}
