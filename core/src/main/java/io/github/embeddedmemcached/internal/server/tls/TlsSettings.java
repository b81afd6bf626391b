package io.github.embeddedmemcached.internal.server.tls;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The TLS configuration of a server.
 *
 * @param context returns the server's key and trusted certificates; called for each new connection
 * @param refresh reads key and certificates again from their source, for connections from then on; throws an exception if that fails
 * @param parameters changes to the context's defaults: whether clients must present a certificate, the versions of the protocol, the
 *     ciphers; null for no changes
 */
public record TlsSettings(
        Supplier<SSLContext> context,
        Callable<SSLContext> refresh,
        @Nullable SSLParameters parameters) {
    /**
     * Creates settings with a context that never changes.
     *
     * @param context key and trusted certificates
     * @param parameters changes to its defaults, or null
     * @return the settings
     */
    public static TlsSettings of(SSLContext context, @Nullable SSLParameters parameters) {
        return new TlsSettings(() -> context, () -> context, parameters);
    }

    /**
     * Creates settings with a context that can be replaced.
     *
     * @param first the initial key and trusted certificates
     * @param source creates the contexts that replace it
     * @param parameters changes to their defaults, or null
     * @return the settings
     */
    public static TlsSettings refreshable(
            SSLContext first, Callable<SSLContext> source, @Nullable SSLParameters parameters) {
        AtomicReference<SSLContext> current = new AtomicReference<>(first);
        return new TlsSettings(
                current::get,
                () -> {
                    SSLContext next = source.call();
                    current.set(next);
                    return next;
                },
                parameters);
    }

    /** Returns a new server-side engine, for one connection. */
    public SSLEngine newEngine() {
        SSLEngine engine = context.get().createSSLEngine();
        engine.setUseClientMode(false);
        if (parameters != null) {
            engine.setSSLParameters(parameters);
        }
        return engine;
    }
}
