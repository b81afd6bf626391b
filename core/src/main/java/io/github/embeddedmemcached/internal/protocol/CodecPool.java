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
 * The codecs that the sessions of one thread share. A session takes a codec when bytes arrive, and returns it between two commands. Idle
 * connections therefore need little memory, and the codecs of active ones stay in the processor's caches. Not thread-safe.
 */
public final class CodecPool {
    /** The maximum number of keys that are prefetched at once. */
    public static final int PREFETCHES_MAX = LookupBatch.KEYS_MAX;

    private final ServerContext context;
    private final WireProtocol protocol;
    private final KeyPrefetcher firstKeys;

    // One spare codec of each protocol is sufficient: the sessions of a thread are processed one after the other.
    private @Nullable TextCodec text;
    private @Nullable BinaryCodec binary;

    /**
     * Creates an empty pool.
     *
     * @param context the context of the sessions
     */
    public CodecPool(ServerContext context) {
        this.context = context;
        protocol = context.settings().get(ServerOption.PROTOCOL);
        firstKeys = new KeyPrefetcher(context.cache());
    }

    /**
     * Adds the first key of an input to the next {@link #prefetch}. A host that has read from several connections adds the input of each, up
     * to {@value #PREFETCHES_MAX}, calls {@link #prefetch}, and then processes the inputs one by one. The cache misses of their lookups,
     * which dominate the cost of a request for one item, then overlap. The input is not parsed: the key may be wrong, which has no other
     * effect than a useless prefetch.
     *
     * @param input the input for the next {@link ClientSession#process}; not consumed
     */
    public void addFirstKey(ByteBuffer input) {
        int start = input.arrayOffset() + input.position();
        firstKeys.addFirst(input.array(), start, start + input.remaining());
    }

    /** Prefetches the items of the added keys. */
    public void prefetch() {
        firstKeys.keys().prefetch();
    }

    /** Returns the protocol in the settings of the server, which a listener may override. */
    WireProtocol protocol() {
        return protocol;
    }

    /** Removes the spare codec of the text protocol, or creates one. */
    public TextCodec takeText() {
        TextCodec spare = text;
        text = null;
        return spare == null ? new TextCodec(context) : spare;
    }

    /** Removes the spare codec of the binary protocol, or creates one. */
    public BinaryCodec takeBinary() {
        BinaryCodec spare = binary;
        binary = null;
        return spare == null ? new BinaryCodec(context) : spare;
    }

    /** Returns a {@linkplain Codec#isReusable reusable} codec to the pool. */
    public void release(Codec codec) {
        if (codec instanceof TextCodec textCodec) {
            text = textCodec;
        } else if (codec instanceof AuthCodec auth) {
            text = auth.codec();
        } else if (codec instanceof BinaryCodec binaryCodec) {
            binary = binaryCodec;
        }
    }
}
