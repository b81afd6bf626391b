package io.github.embeddedmemcached.protocol;

import io.github.embeddedmemcached.cache.ReadAhead;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one thread share. A session needs a parser, its request, and room for what it is doing only while it is doing
 * something: it borrows them when bytes arrive and gives them back when it is between two commands. So an idle connection costs next
 * to nothing, and what serves the busy ones stays in the processor's caches. Not thread-safe.
 */
public final class CodecPool {
    /** For so many inputs at once it makes sense to {@link #lookAhead}. */
    public static final int LOOKS_MAX = ReadAhead.KEYS_MAX;

    private final ServerState state;
    private final Lookahead firstKeys;

    // One of each is enough: sessions take turns, and who keeps its codec has begun something that takes longer.
    private @Nullable TextCodec text;
    private @Nullable BinaryCodec binary;

    /**
     * Creates an empty pool.
     *
     * @param state of the server whose sessions will share it
     */
    public CodecPool(ServerState state) {
        this.state = state;
        firstKeys = new Lookahead(state.cache().raw());
    }

    /**
     * Takes a look at input that is going to be processed soon, for the key that it asks for first. A host that has read from several
     * connections shows the input of each, up to {@value #LOOKS_MAX}, then calls {@link #fetch}, then processes them one by one: the
     * waits for memory, most of what a request for one item costs, pass at the same time then. It is only a guess.
     *
     * @param input as {@link ProtocolSession#process} will be given it; nothing is consumed
     */
    public void lookAhead(ByteBuffer input) {
        int begin = input.arrayOffset() + input.position();
        firstKeys.addFirst(input.array(), begin, begin + input.remaining());
    }

    /** Has the cache fetch what was told of. */
    public void fetch() {
        firstKeys.keys().fetch();
    }

    TextCodec takeText() {
        TextCodec spare = text;
        text = null;
        return spare == null ? new TextCodec(state) : spare;
    }

    BinaryCodec takeBinary() {
        BinaryCodec spare = binary;
        binary = null;
        return spare == null ? new BinaryCodec(state) : spare;
    }

    void giveBack(Codec codec) {
        if (codec instanceof TextCodec textCodec) {
            text = textCodec;
        } else if (codec instanceof TextLogin login) {
            text = login.codec();
        } else if (codec instanceof BinaryCodec binaryCodec) {
            binary = binaryCodec;
        }
    }
}
