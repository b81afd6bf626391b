package io.github.embeddedmemcached.internal.view;

import io.github.embeddedmemcached.cache.Codec;
import io.github.embeddedmemcached.cache.CodecException;
import io.github.embeddedmemcached.internal.engine.ItemUpdate;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Converts the keys and values of a view: adds and removes the prefix, and reports codecs that fail. Thread-safe. */
public final class KeyValueCodec<K, V> {
    private static final int SHOWN_KEY_BYTES_MAX = 100;
    private static final String NULL_RESULT = "the codec returned null";

    private final byte[] prefix;
    private final Codec<K> keys;
    private final Codec<V> values;

    public KeyValueCodec(byte[] prefix, Codec<K> keys, Codec<V> values) {
        this.prefix = prefix;
        this.keys = Objects.requireNonNull(keys);
        this.values = Objects.requireNonNull(values);
    }

    public KeyValueCodec<K, V> withPrefix(byte[] other) {
        return new KeyValueCodec<>(other, keys, values);
    }

    public byte[] prefix() {
        return prefix;
    }

    /** Returns the key's bytes, with the prefix. */
    public byte[] encodeKey(K key) {
        Objects.requireNonNull(key);
        byte[] bytes;
        try {
            bytes = Objects.requireNonNull(keys.encode(key), NULL_RESULT);
        } catch (Exception e) {
            throw new CodecException("the key " + key + " cannot be encoded as " + keys.typeName(), e);
        }
        if (prefix.length > 0) {
            byte[] all = Arrays.copyOf(prefix, prefix.length + bytes.length);
            System.arraycopy(bytes, 0, all, prefix.length, bytes.length);
            bytes = all;
        }
        ItemUpdate.checkedKeyLength(bytes.length);
        return bytes;
    }

    /** Returns the key of bytes that begin with the prefix. */
    public K decodeKey(byte[] bytes) {
        try {
            byte[] copy = Arrays.copyOfRange(bytes, prefix.length, bytes.length);
            return Objects.requireNonNull(keys.decode(copy), NULL_RESULT);
        } catch (Exception e) {
            throw new CodecException("the key " + shown(bytes) + " cannot be decoded as " + keys.typeName(), e);
        }
    }

    public byte[] encodeValue(byte[] key, V value) {
        Objects.requireNonNull(value);
        try {
            return Objects.requireNonNull(values.encode(value), NULL_RESULT);
        } catch (Exception e) {
            throw new CodecException(
                    "the value for the key " + shown(key) + " cannot be encoded as " + values.typeName(), e);
        }
    }

    public V decodeValue(byte[] key, byte[] bytes) {
        try {
            return Objects.requireNonNull(values.decode(bytes), NULL_RESULT);
        } catch (Exception e) {
            throw new CodecException(
                    "the value of the key " + shown(key) + ", " + bytes.length + " bytes, cannot be decoded as "
                            + values.typeName(),
                    e);
        }
    }

    /** Copies a key if it begins with the prefix and these bytes, otherwise returns null. */
    public byte @Nullable [] copyKey(byte[] bytes, int offset, int length, byte[] start) {
        int startOffset = offset + prefix.length;
        boolean matches = length >= prefix.length + start.length
                && Arrays.equals(bytes, offset, startOffset, prefix, 0, prefix.length)
                && Arrays.equals(bytes, startOffset, startOffset + start.length, start, 0, start.length);
        return matches ? Arrays.copyOfRange(bytes, offset, offset + length) : null;
    }

    /** Returns the prefix and the names of the types. */
    @Override
    public String toString() {
        return shown(prefix) + ": " + keys.typeName() + " to " + values.typeName();
    }

    /** Returns the start of a key as text, with a dot for each control character. */
    private static String shown(byte[] key) {
        int length = Math.min(key.length, SHOWN_KEY_BYTES_MAX);
        String text = new String(key, 0, length, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", ".");
        return '"' + text + (length < key.length ? "...\"" : "\"");
    }
}
