package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.engine.CacheEngine;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import io.github.embeddedmemcached.internal.engine.log.ItemSize;
import io.github.embeddedmemcached.internal.wire.Printable;
import io.github.embeddedmemcached.protocol.Command;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Command} for an interceptor while its request is read. A large value is added after all of its bytes have been
 * received. Used only while an interceptor is set.
 */
public final class CommandBuilder {
    private final Command.Protocol protocol;
    private final List<byte[]> keys = new ArrayList<>();

    public String name = "";
    public String line = "";
    public int flags;
    public long exptimeSeconds;
    public long casUnique;
    public long delta;
    public byte @Nullable [] value;
    public boolean quiet;

    public @Nullable String opaque;

    public boolean malformed;

    public CommandBuilder(Command.Protocol protocol) {
        this.protocol = protocol;
    }

    /** Creates the builder of a malformed request, which has no name. */
    public static CommandBuilder ofMalformed(Command.Protocol protocol, byte[] bytes, int from, int to) {
        CommandBuilder builder = new CommandBuilder(protocol);
        builder.line = Printable.decode(bytes, from, to);
        builder.malformed = true;
        return builder;
    }

    public void addKey(byte[] bytes, int offset, int length) {
        keys.add(Arrays.copyOfRange(bytes, offset, offset + length));
    }

    /** Marks the command as malformed if a key is invalid, if there is no key, or if the rest of the command is not well-formed. */
    public void checkKeys(boolean isWellFormed) {
        malformed = !isWellFormed || keys.isEmpty();
        for (byte[] key : keys) {
            malformed |= key.length > ItemSize.CLIENT_KEY_LENGTH_MAX;
        }
        if (malformed) {
            keys.clear();
        }
    }

    void evictKeys(CacheEngine cache) {
        ItemUpdate update = new ItemUpdate();
        for (byte[] key : keys) {
            cache.evict(update.key(key, 0, key.length));
        }
    }

    Command complete(int connection, Instant time) {
        List<String> texts = new ArrayList<>();
        for (byte[] key : keys) {
            texts.add(Printable.decode(key, 0, key.length));
        }
        return new Command(
                name,
                List.copyOf(texts),
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
}
