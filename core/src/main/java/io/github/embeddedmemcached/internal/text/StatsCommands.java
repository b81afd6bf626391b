package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.stats.ItemDump;
import io.github.embeddedmemcached.internal.stats.SlabStatistics;
import io.github.embeddedmemcached.internal.stats.StatsReport;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.LinesReply;
import io.github.embeddedmemcached.internal.wire.StatSink;
import io.github.embeddedmemcached.internal.wire.StreamedReply;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Executes {@code stats} and its subcommands in the text protocol. */
final class StatsCommands {
    private final ServerContext context;
    private final TextReplies replies;

    StatsCommands(ServerContext context, TextReplies replies) {
        this.context = context;
        this.replies = replies;
    }

    /**
     * Executes the command.
     *
     * @param words the words after {@code stats}
     * @return the rest of a long reply, or null if the reply is complete
     */
    // stats [settings|items|slabs|sizes|conns|extstore|reset]
    // stats detail on|off|dump
    // stats cachedump <class> <lines>
    @Nullable StreamedReply execute(List<String> words) {
        return switch (words.isEmpty() ? "" : words.get(0)) {
            case "" -> {
                new StatsReport(replies.output()).general(context);
                yield reply(Reply.END);
            }
            case "settings" -> {
                new StatsReport(replies.output()).settings(context);
                yield reply(Reply.END);
            }
            case "items" -> slabClasses(SlabStatistics::items);
            case "slabs" -> slabClasses(SlabStatistics::slabs);
            case "sizes" -> {
                replies.output().put(Reply.SIZES_OFF.line);
                yield reply(Reply.END);
            }
            case "conns" -> new LinesReply(context.connections().lines());
            case "extstore" -> reply(Reply.END);
            case "detail" -> detail(words);
            case "cachedump" -> cachedump(words);
            case "reset" -> {
                context.resetStatistics();
                yield reply(Reply.RESET);
            }
            default -> reply(Reply.ERROR);
        };
    }

    private StreamedReply slabClasses(BiConsumer<SlabStatistics, StatSink> part) {
        SlabStatistics statistics = new SlabStatistics(context);
        return output -> {
            boolean complete = statistics.proceed();
            if (complete) {
                part.accept(statistics, StatsReport.lines(output));
                output.put(Reply.END.line);
            }
            return complete;
        };
    }

    private @Nullable StreamedReply detail(List<String> words) {
        if (!context.settings().get(ServerOption.DUMP_ENABLED)) {
            return reply(Reply.DETAIL_OFF);
        }
        return switch (words.size() < 2 ? "" : words.get(1)) {
            case "on" -> {
                context.prefixes().enable(true);
                yield reply(Reply.OK);
            }
            case "off" -> {
                context.prefixes().enable(false);
                yield reply(Reply.OK);
            }
            case "dump" -> new LinesReply(context.prefixes().lines());
            default -> reply(Reply.BAD_DETAIL);
        };
    }

    private @Nullable StreamedReply cachedump(List<String> words) {
        if (!context.settings().get(ServerOption.DUMP_ENABLED)) {
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
        return new ItemDump(context.cache(), ItemDump.Form.CACHEDUMP, new ClassSet(1L << id), lines);
    }

    private @Nullable StreamedReply reply(Reply reply) {
        replies.put(reply);
        return null;
    }
}
