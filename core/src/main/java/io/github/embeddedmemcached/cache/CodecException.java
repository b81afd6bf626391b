package io.github.embeddedmemcached.cache;

/**
 * Thrown if a {@link Codec} cannot convert a key or a value. The message names the key and the type, the cause is the codec's exception. The
 * item is unchanged. Not thrown for the value of an item that was restored from a file: the item is removed, see {@link
 * Statistic#VALUES_UNREADABLE}.
 */
public final class CodecException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message names the key and the type
     * @param cause the exception of the codec
     */
    public CodecException(String message, Throwable cause) {
        super(message, cause);
    }
}
