package io.github.embeddedmemcached.cache;

/**
 * Converts the keys or values of a {@link TypedCache} to the bytes that the cache stores, and back. {@link Codecs} has codecs of common types
 * and creates others. Implementations must be thread-safe.
 *
 * <p>Two keys that are equal must have the same bytes. A method that throws makes the operation fail with a {@link CodecException},
 * and the item is unchanged.
 *
 * @param <T> the type of the objects
 */
public interface Codec<T> {
    /**
     * Converts an object to bytes.
     *
     * @param object the object
     * @return its bytes; the cache only reads the array
     * @throws Exception if the object cannot be converted
     */
    byte[] encode(T object) throws Exception;

    /**
     * Converts bytes to an object.
     *
     * @param bytes an array that the codec may keep and modify
     * @return the object, not null
     * @throws Exception if the bytes do not represent an object of this type
     */
    T decode(byte[] bytes) throws Exception;

    /**
     * Returns the name of the type in messages.
     *
     * @return a type's name; by default that of the codec
     */
    default String typeName() {
        return getClass().getName();
    }
}
