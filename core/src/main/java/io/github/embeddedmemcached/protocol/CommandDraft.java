package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.cache.ItemUpdate;
import io.github.embeddedmemcached.cache.RawCache;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A {@link Command} that is being read; of a large value the rest may still have to arrive. Only made where somebody intercepts. */
final class CommandDraft {
    private static final char NO_UTF_8 = '\uFFFD';

    private final Command.Protocol protocol;
    private final List<byte[]> keys = new ArrayList<>();

    String name = "";
    String line = "";
    int flags;
    long exptimeSeconds;
    long casUnique;
    long delta;
    byte @Nullable [] value;
    boolean quiet;

    @Nullable String opaque;

    boolean malformed;

    CommandDraft(Command.Protocol protocol) {
        this.protocol = protocol;
    }

    /** What is no command and has no name. */
    static CommandDraft noCommand(Command.Protocol protocol, byte[] bytes, int from, int to) {
        CommandDraft draft = new CommandDraft(protocol);
        draft.line = text(bytes, from, to);
        draft.malformed = true;
        return draft;
    }

    void addKey(byte[] bytes, int offset, int length) {
        keys.add(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** Calls the command bad if one of its keys is, or something else already. */
    void checkKeys(boolean isGood) {
        malformed = !isGood || keys.isEmpty() || keys.stream().anyMatch(key -> key.length > Cache.KEY_LENGTH_MAX);
        if (malformed) {
            keys.clear();
        }
    }

    void evictKeys(RawCache cache) {
        ItemUpdate update = new ItemUpdate();
        for (byte[] key : keys) {
            cache.evict(update.key(key, 0, key.length));
        }
    }

    Command complete(int connection, Instant time) {
        List<String> texts = keys.stream().map(key -> text(key, 0, key.length)).toList();
        return new Command(
                name,
                texts,
                protocol,
                flags,
                exptimeSeconds,
                casUnique,
                delta,
                value,
                quiet,
                opaque,
                line,
                malformed,
                connection,
                time);
    }

    /** The text that bytes are: UTF-8, or where they are none, each byte a char. */
    static String text(byte[] bytes, int from, int to) {
        String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        return text.indexOf(NO_UTF_8) < 0 ? text : new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
