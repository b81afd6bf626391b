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
 * A key and a certificate for tests over TLS: a server that shows it and clients that trust it. The certificate is for
 * {@code localhost}, {@code 127.0.0.1} and {@code ::1}, so that clients which check the name are content.
 *
 * <pre>{@code
 * var memcached = EmbeddedMemcached.builder().tls(TestTls.serverContext()).start();
 * var socket = TestTls.clientContext().getSocketFactory().createSocket(memcached.host(), memcached.port());
 * }</pre>
 *
 * <p><b>For tests only</b>: the private key is part of this library, and so everybody has it.
 *
 * <p>It is a key store that lies in the jar. The rejected ways: a key made at build time would make every jar a different one;
 * running keytool at first use costs each test JVM a process of half a second, where there is a keytool; and making
 * a certificate takes the JDK's insides, a library, or a writer of DER.
 */
public final class TestTls {
    /*
     * Made by keytool, which a change of it needs again:
     *
     *     keytool -genkeypair -keystore test-identity.p12 -storetype PKCS12 -storepass embedded-memcached -alias test \
     *         -keyalg EC -groupname secp256r1 -startdate "2026/01/01 00:00:00" -validity 36500 -dname "CN=embedded-memcached test" \
     *         -ext san=dns:localhost,ip:127.0.0.1,ip:::1 -ext bc:c=ca:true
     */
    private static final String KEY_STORE = "test-identity.p12";
    private static final char[] PASSWORD = "embedded-memcached".toCharArray();

    private TestTls() {}

    /**
     * Returns a context for a server. It also trusts its own certificate, so that a client with this context can show it where
     * clients must show one.
     *
     * @return a context with the key and the certificate
     */
    public static SSLContext serverContext() {
        return context(true);
    }

    /**
     * Returns a context for clients.
     *
     * @return a context that trusts the certificate, and nothing else, and has none to show
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
            throw new IllegalStateException("the test identity can't be used on this JVM", e);
        }
    }
}
