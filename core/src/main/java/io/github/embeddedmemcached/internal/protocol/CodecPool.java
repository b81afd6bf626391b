package io.github.embeddedmemcached.internal.protocol;

import io.github.embeddedmemcached.internal.binary.BinaryCodec;
import io.github.embeddedmemcached.internal.engine.LookupBatch;
import io.github.embeddedmemcached.internal.session.Codec;
import io.github.embeddedmemcached.internal.session.KeyPrefetcher;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerOption;
import io.github.embeddedmemcached.internal.text.AuthCodec;
import io.github.embeddedmemcached.internal.text.TextCodec;
import io.github.embeddedmemcached.protocol.WireProtocol;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one thread share. A session needs a parser, its request, and room for what it is doing only while it is doing
 * something: it borrows them when bytes arrive and gives them back when it is between two commands. So an idle connection costs next
 * to nothing, and what serves the busy ones stays in the processor's caches. Not thread-safe.
 */
public final class CodecPool {
    /** For so many inputs at once it makes sense to {@link #prefetch}. */
    public static final int PREFETCHES_MAX = LookupBatch.KEYS_MAX;

    private final ServerContext context;
    private final WireProtocol protocol;
    private final KeyPrefetcher firstKeys;

    // One of each is enough: sessions take turns, and who keeps its codec has begun something that takes longer.
    private @Nullable TextCodec text;
    private @Nullable BinaryCodec binary;

    /**
     * Creates an empty pool.
     *
     * @param context of the server whose sessions will share it
     */
    public CodecPool(ServerContext context) {
        this.context = context;
        protocol = context.settings().get(ServerOption.PROTOCOL);
        firstKeys = new KeyPrefetcher(context.cache());
    }

    /**
     * Takes a look at input that is going to be processed soon, for the key that it asks for first. A host that has read from several
     * connections shows the input of each, up to {@value #PREFETCHES_MAX}, then calls {@link #fetch}, then processes them one by one: the
     * waits for memory, most of what a request for one item costs, pass at the same time then. It is only a guess.
     *
     * @param input as {@link ClientSession#process} will be given it; nothing is consumed
     */
    public void prefetch(ByteBuffer input) {
        int begin = input.arrayOffset() + input.position();
        firstKeys.addFirst(input.array(), begin, begin + input.remaining());
    }

    /** Has the cache fetch what was told of. */
    public void fetch() {
        firstKeys.keys().prefetch();
    }

    /** Returns the protocol of the server, which a listener may override. */
    WireProtocol protocol() {
        return protocol;
    }

    public TextCodec takeText() {
        TextCodec spare = text;
        text = null;
        return spare == null ? new TextCodec(context) : spare;
    }

    public BinaryCodec takeBinary() {
        BinaryCodec spare = binary;
        binary = null;
        return spare == null ? new BinaryCodec(context) : spare;
    }

    public void giveBack(Codec codec) {
        if (codec instanceof TextCodec textCodec) {
            text = textCodec;
        } else if (codec instanceof AuthCodec login) {
            text = login.codec();
        } else if (codec instanceof BinaryCodec binaryCodec) {
            binary = binaryCodec;
        }
    }
}
