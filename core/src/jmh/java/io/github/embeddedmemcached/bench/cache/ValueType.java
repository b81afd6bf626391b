package io.github.embeddedmemcached.bench.cache;

import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.Codecs;
import java.util.function.IntFunction;

/**
 * A type of values.
 *
 * @param <V> the type
 * @param type the type
 * @param codec converts the values, for caches that store bytes
 * @param values creates the value of a number
 */
record ValueType<V>(Class<V> type, Codec<V> codec, IntFunction<V> values) {
    private static final int VALUE_BYTES = 100;

    static final ValueType<byte[]> BYTES =
            new ValueType<>(byte[].class, Codecs.bytes(), number -> new byte[VALUE_BYTES]);

    private static final long SINCE = 1_700_000_000_000L;

    static final ValueType<Session> SESSION = new ValueType<>(
            Session.class,
            new Session.SessionCodec(),
            number -> new Session("user" + (100_000_000 + number), SINCE + number, number));

    /** Returns the type with a name: bytes or session. */
    static ValueType<?> of(String name) {
        return switch (name) {
            case "bytes" -> BYTES;
            case "session" -> SESSION;
            default -> throw new IllegalArgumentException("no such type of values: " + name);
        };
    }

    byte[] encode(V value) {
        try {
            return codec.encode(value);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    V decode(byte[] bytes) {
        try {
            return codec.decode(bytes);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
