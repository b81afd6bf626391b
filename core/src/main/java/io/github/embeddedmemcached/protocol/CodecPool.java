package io.github.embeddedmemcached.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one thread share. A session needs a parser, its request, and room for what it is doing only while it is doing
 * something: it borrows them when bytes arrive and gives them back when it is between two commands. So an idle connection costs next
 * to nothing, and what serves the busy ones stays in the processor's caches. Not thread-safe.
 */
public final class CodecPool {
    private final ServerState state;

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
        } else if (codec instanceof BinaryCodec binaryCodec) {
            binary = binaryCodec;
        }
    }
}
