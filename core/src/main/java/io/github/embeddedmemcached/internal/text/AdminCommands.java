package io.github.embeddedmemcached.internal.text;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.connection.CurrentSession;
import io.github.embeddedmemcached.internal.line.ClassSet;
import io.github.embeddedmemcached.internal.line.Reply;
import io.github.embeddedmemcached.internal.line.Request;
import io.github.embeddedmemcached.internal.line.TextReplies;
import io.github.embeddedmemcached.internal.line.TextState;
import io.github.embeddedmemcached.internal.session.AdjustableClock;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.stats.CrawlReply;
import io.github.embeddedmemcached.internal.stats.ItemDump;
import io.github.embeddedmemcached.internal.watch.WatchKind;
import io.github.embeddedmemcached.internal.watch.Watcher;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.internal.wire.StreamedReply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Executes the text commands that show or change the state of the server instead of items. They are rare, so their arguments are
 * converted to Strings, and allocations do not matter. {@link #proceed} continues the replies that are written in several turns, and
 * {@link #watch} the output of {@code watch}.
 */
final class AdminCommands {
    /** The range of the argument of {@code cache_memlimit}, as in memcached. */
    private static final int MEGABYTES_MIN = 8;

    private static final int MEGABYTES_MAX = 1_000_000_000;
    private static final int MEGABYTE_SHIFT = 20;

    private final ServerContext context;
    private final TextReplies replies;
    private final StatsCommands stats;
    final TuningCommands tuning;
    private final CurrentSession session;

    private @Nullable StreamedReply streamedReply; // not yet complete; null if there is none
    private @Nullable Watcher watcher;

    AdminCommands(ServerContext context, TextReplies replies, CurrentSession session) {
        this.context = context;
        this.replies = replies;
        this.session = session;
        stats = new StatsCommands(context, replies);
        tuning = new TuningCommands(context.tuning());
    }

    private TextState reply(Reply reply, Request request) {
        if (!request.noreply) {
            replies.put(reply);
        }
        return TextState.READ_REQUEST;
    }

    /** Replies with an error if there is not enough memory for the reply. */
    // stats [<part> [<argument>]*]
    TextState stats(List<String> words) {
        ReplyBuffer output = replies.output();
        int sizeBefore = output.size();
        try {
            return startReply(stats.execute(words));
        } catch (OutOfMemoryError e) {
            output.truncate(sizeBefore);
            context.connectionMemory().countOutOfMemory(false);
            return reject(Reply.OUT_OF_MEMORY_STATS);
        }
    }

    private TextState startReply(@Nullable StreamedReply reply) {
        streamedReply = reply;
        return reply == null ? TextState.READ_REQUEST : TextState.REPLYING;
    }

    /** Continues a streamed reply; returns whether it is complete. */
    boolean proceed() {
        StreamedReply reply = streamedReply;
        boolean complete = reply == null || reply.proceed(replies.output());
        if (complete) {
            streamedReply = null;
        }
        return complete;
    }

    // watch [rawcmds|evictions|fetchers|mutations|sysevents|connevents|deletions|proxyreqs|proxyevents|proxyuser]*
    TextState watch(List<String> words, boolean isPipelined) {
        if (!context.settings().get(ServerOption.WATCH_ENABLED)) {
            return reject(Reply.WATCH_OFF);
        }
        if (isPipelined) {
            return reject(Reply.PIPELINED_WATCH);
        }
        int kinds = words.isEmpty() ? WatchKind.FETCHERS.bit() : 0;
        for (String word : words) {
            WatchKind kind = WatchKind.of(word);
            if (kind == null) {
                return reject(Reply.ERROR);
            }
            kinds |= kind.bit();
        }
        watcher = context.watchers().add(kinds, session.wakeUp());
        if (watcher == null) {
            return reject(Reply.WATCHER_TOO_MANY);
        }
        replies.put(Reply.OK);
        return TextState.WATCHING;
    }

    private TextState reject(Reply reply) {
        replies.put(reply);
        return TextState.READ_REQUEST;
    }

    /** Writes the log lines that the watcher has received. */
    void watch() {
        if (watcher != null) {
            watcher.drainTo(replies.output());
        }
    }

    // shutdown [graceful]
    TextState shutdown(List<String> words, Request request) {
        if (!context.settings().get(ServerOption.SHUTDOWN_ENABLED)) {
            return reply(Reply.SHUTDOWN_OFF, request);
        }
        if (!words.isEmpty() && !words.equals(List.of("graceful"))) {
            return reply(Reply.BAD_SHUTDOWN, request);
        }
        Runnable action = context.hooks().shutdown();
        if (action != null) {
            action.run();
        }
        return TextState.CLOSE;
    }

    // lru_crawler enable|disable
    // lru_crawler sleep|tocrawl <number>
    // lru_crawler crawl|metadump|mgdump all|hash|<class>[,<class>]*
    TextState crawler(List<String> words, Request request) {
        if (words.size() != 2) {
            return reply(tuning.crawler(words), request);
        }
        return switch (words.get(0)) {
            case "crawl" -> crawl(words.get(1), request);
            case "metadump" -> dump(ItemDump.Form.METADUMP, words.get(1), request);
            case "mgdump" -> dump(ItemDump.Form.MGDUMP, words.get(1), request);
            default -> reply(tuning.crawler(words), request);
        };
    }

    private TextState crawl(String which, Request request) {
        if (!context.tuning().lruCrawler) {
            return reply(Reply.CRAWLER_OFF, request);
        }
        if (which.equals("hash")) {
            return reply(Reply.CRAWLER_FAILED, request);
        }
        ClassSet classes = which.equals("all") ? ClassSet.ALL : ClassSet.parse(which);
        if (classes == null) {
            return reply(Reply.BAD_CRAWLER_CLASS, request);
        }
        context.counters().crawlerStarted();
        return startReply(new CrawlReply(context.cache(), context.classes(), classes));
    }

    private TextState dump(ItemDump.Form form, String which, Request request) {
        boolean isMetadump = form == ItemDump.Form.METADUMP;
        if (!context.tuning().lruCrawler) {
            return reply(Reply.CRAWLER_OFF, request);
        }
        if (!context.settings().get(ServerOption.DUMP_ENABLED)) {
            return reply(isMetadump ? Reply.METADUMP_OFF : Reply.MGDUMP_OFF, request);
        }
        if (request.isPipelined) {
            return reply(isMetadump ? Reply.PIPELINED_METADUMP : Reply.PIPELINED_MGDUMP, request);
        }
        boolean isAll = which.equals("all") || which.equals("hash");
        ClassSet classes = isAll ? ClassSet.ALL : ClassSet.parse(which);
        if (classes == null) {
            return reply(Reply.BAD_CRAWLER_CLASS, request);
        }
        context.counters().crawlerStarted();
        return startReply(new ItemDump(context.cache(), form, classes, 0));
    }

    // cache_memlimit <megabytes>
    Reply memoryLimit(List<String> words) {
        long megabytes = words.isEmpty() ? INVALID : AsciiNumbers.strictUint32(words.get(0));
        if (megabytes == INVALID) {
            return Reply.ERROR;
        }
        if (megabytes < MEGABYTES_MIN) {
            return Reply.MEMLIMIT_TOO_SMALL;
        }
        if (megabytes > MEGABYTES_MAX) {
            return Reply.MEMLIMIT_NO_BYTES;
        }
        try {
            return context.cache().resize(megabytes << MEGABYTE_SHIFT) ? Reply.OK : Reply.MEMLIMIT_FAILED;
        } catch (IllegalArgumentException e) {
            return Reply.MEMLIMIT_FAILED; // more than the machine has
        }
    }

    // debugtime p|r|<seconds>
    Reply debugTime(List<String> words) {
        AdjustableClock clock = context.hooks().debugClock();
        if (clock == null || words.isEmpty()) {
            return Reply.ERROR;
        }
        switch (words.get(0)) {
            case "p" -> clock.freeze();
            case "r" -> clock.catchUp();
            default -> {
                long seconds = AsciiNumbers.strictInt32(words.get(0));
                if (seconds == INVALID) {
                    return Reply.ERROR;
                }
                clock.advance(Duration.ofSeconds(seconds));
            }
        }
        return Reply.OK;
    }

    /** Replies with a line that is not one of the constant {@link Reply}s, and ignores noreply. */
    TextState refreshCertificates() {
        String failure = context.hooks().refreshCertificates();
        String line = (failure == null ? Reply.OK.text : failure) + "\r\n";
        replies.output().put(line.getBytes(StandardCharsets.ISO_8859_1));
        return TextState.READ_REQUEST;
    }

    /** Removes the watcher, if there is one. */
    void close() {
        if (watcher != null) {
            context.watchers().remove(watcher);
            watcher = null;
        }
    }
}
