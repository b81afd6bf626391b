package io.github.embeddedmemcached.server;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken.
 *
 * @param context the server's key, and whom it trusts; asked for each new connection
 * @param refresh reads key and certificates again where they came from, for connections from then on; throws what went wrong
 * @param parameters what to change of the context's defaults: whether clients must show a certificate, the versions of
 *     the protocol, the ciphers; null for nothing
 */
public record TlsSettings(
        Supplier<SSLContext> context,
        Callable<SSLContext> refresh,
        @Nullable SSLParameters parameters) {
    /**
     * Makes TLS with a context that stays as it is.
     *
     * @param context key and trust
     * @param parameters what to change of its defaults, or null
     * @return the settings
     */
    public static TlsSettings of(SSLContext context, @Nullable SSLParameters parameters) {
        return new TlsSettings(() -> context, () -> context, parameters);
    }

    /**
     * Makes TLS with a context that can be made again.
     *
     * @param first key and trust to begin with
     * @param source makes the next ones
     * @param parameters what to change of their defaults, or null
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

    /** An engine for one connection. */
    SSLEngine newEngine() {
        SSLEngine engine = context.get().createSSLEngine();
        engine.setUseClientMode(false);
        if (parameters != null) {
            engine.setSSLParameters(parameters);
        }
        return engine;
    }
}
