package io.github.embeddedmemcached.cache;

/**
 * Thrown by a get whose value could not be loaded. The message names the key. The cause is the exception or error of the loader; the
 * {@link CodecException} of a loaded value that cannot be encoded; an InterruptedException if the thread was interrupted while it waited for another thread's load; or the
 * {@link java.util.concurrent.RejectedExecutionException} of the executor of an asynchronous load. All threads that waited for one load
 * receive the same instance.
 */
public final class CacheLoadException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /**
     * Creates an exception.
     *
     * @param message names the key
     * @param cause the reason why the value was not loaded
     */
    public CacheLoadException(String message, Throwable cause) {
        super(message, cause);
    }
}
