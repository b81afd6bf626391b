package io.github.embeddedmemcached.testing;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A private key and a self-signed certificate for tests over TLS: contexts for a server that presents the certificate, and for
 * clients that trust it. The certificate is valid for {@code localhost}, {@code 127.0.0.1} and {@code ::1}, so clients that verify
 * the host name accept it.
 *
 * <pre>{@code
 * var memcached = EmbeddedMemcached.builder().tls(TestTls.serverContext()).start();
 * var socket = TestTls.clientContext().getSocketFactory().createSocket(memcached.host(), memcached.port());
 * }</pre>
 *
 * <p><b>For tests only</b>: the private key is part of this library and therefore public.
 *
 * <p>Thread-safe. Each call returns a new context.
 */
public final class TestTls {
    /*
     * The key store is a file in the jar. Rejected: generating it at build time (every jar would differ); running keytool at first use (a process of half a second for each test JVM,
     * and not every run-time image has keytool); generating a certificate in Java (needs internal classes of the JDK, a library, or a DER encoder).
     *
     * Created, and to be recreated after a change, by:
     *
     *     keytool -genkeypair -keystore test-identity.p12 -storetype PKCS12 -storepass embedded-memcached -alias test \
     *         -keyalg EC -groupname secp256r1 -startdate "2026/01/01 00:00:00" -validity 36500 -dname "CN=embedded-memcached test" \
     *         -ext san=dns:localhost,ip:127.0.0.1,ip:::1 -ext bc:c=ca:true
     */
    private static final String KEY_STORE = "test-identity.p12";
    private static final char[] PASSWORD = "embedded-memcached".toCharArray();

    private TestTls() {}

    /**
     * Returns a context for a server. It also trusts its own certificate, so a client can use this context where the server
     * requires a client certificate.
     *
     * @return a new context with the key and the certificate
     * @throws IllegalStateException if this JVM does not support the key store or TLS
     */
    public static SSLContext serverContext() {
        return context(true);
    }

    /**
     * Returns a context for clients. It has no client certificate.
     *
     * @return a new context that trusts the server's certificate and no other
     * @throws IllegalStateException if this JVM does not support the key store or TLS
     */
    public static SSLContext clientContext() {
        return context(false);
    }

    private static SSLContext context(boolean withKey) {
        try (InputStream bytes = TestTls.class.getResourceAsStream(KEY_STORE)) {
            if (bytes == null) {
                throw new FileNotFoundException(KEY_STORE + " is missing from the jar");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(bytes, PASSWORD);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(withKey ? keys.getKeyManagers() : new KeyManager[0], trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("the test certificate cannot be loaded by this JVM", e);
        }
    }
}
