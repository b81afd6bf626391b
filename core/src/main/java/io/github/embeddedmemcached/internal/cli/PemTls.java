package io.github.embeddedmemcached.internal.cli;

import io.github.embeddedmemcached.internal.server.tls.TlsSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The TLS configuration of memcached's options: a certificate chain and a key in PEM files, the trusted CAs, and the enabled versions
 * and ciphers.
 */
final class PemTls {
    // memcached's ssl_verify_mode: whether clients must present a certificate
    static final int VERIFY_NONE = 0;
    static final int VERIFY_REQUEST = 1;
    static final int VERIFY_MODE_MAX = 3;

    static final int MIN_VERSION_DEFAULT = 2;
    static final int MIN_VERSION_MAX = 3;

    private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    private static final Set<String> CERTIFICATE_LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

    /** The signature algorithm for each key algorithm. */
    private static final Map<String, String> SIGNATURES =
            Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

    private static final Pattern OPENSSL_CIPHER =
            Pattern.compile("(ECDHE|DHE)-(RSA|ECDSA)-AES(128|256)-GCM-(SHA256|SHA384)");

    private @Nullable Path chainFile;
    private @Nullable Path keyFile;
    private @Nullable Path trustFile;
    private @Nullable String ciphers;
    private int verifyMode = VERIFY_NONE;
    private int minVersion = MIN_VERSION_DEFAULT;

    void chainFile(Path file) {
        chainFile = file;
    }

    void keyFile(Path file) {
        keyFile = file;
    }

    void trustFile(Path file) {
        trustFile = file;
    }

    /** Sets the ciphers, by OpenSSL's or the JDK's names, separated by colons; the ciphers of TLS 1.3 are always enabled. */
    void ciphers(String names) {
        ciphers = names;
    }

    void verifyMode(int mode) {
        verifyMode = mode;
    }

    /** Sets the lowest enabled version, as an index of {@link #VERSIONS}. */
    void minVersion(int version) {
        minVersion = version;
    }

    /** Reads the files; refreshing the returned settings reads them again. */
    TlsSettings load() throws CommandLineException {
        Path chain = chainFile;
        if (chain == null) {
            throw usage("TLS (-Z) needs a certificate: -o ssl_chain_cert=<file>");
        }
        SSLContext context = context(chain);
        return TlsSettings.refreshable(context, () -> context(chain), parameters(context));
    }

    private static CommandLineException usage(String message) {
        return new CommandLineException(CommandLineException.EXIT_USAGE, message);
    }

    private SSLContext context(Path chain) throws CommandLineException {
        PemFile chainPem = PemFile.read("the certificate file (-o ssl_chain_cert)", chain);
        PemFile keyPem = keyFile == null ? chainPem : PemFile.read("the key file (-o ssl_key)", keyFile);
        X509Certificate[] certificates = certificates(chainPem);
        PrivateKey key = PemKey.in(keyPem);
        if (!isKeyPair(key, certificates[0].getPublicKey())) {
            throw keyPem.invalid("can't be used, its key does not belong to the first certificate in " + chain);
        }
        try {
            char[] noPassword = {};
            KeyStore store = emptyStore();
            store.setKeyEntry("key", key, noPassword, certificates);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, noPassword);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw chainPem.invalid("can't be used by this JVM (" + e.getMessage() + ")");
        }
    }

    /** Checks a key pair by signing and verifying, which works the same for all algorithms. */
    private static boolean isKeyPair(PrivateKey privateKey, PublicKey publicKey) {
        String algorithm = SIGNATURES.get(privateKey.getAlgorithm());
        if (algorithm == null) { // RSASSA-PSS, whose parameters the key may restrict
            return true;
        }
        try {
            byte[] text = {1};
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(privateKey);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private TrustManager @Nullable [] trustManagers()
            throws CommandLineException, IOException, GeneralSecurityException {
        if (trustFile == null) {
            return null;
        }
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate certificate : certificates(PemFile.read("the CA file (-o ssl_ca_cert)", trustFile))) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        return trust.getTrustManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private SSLParameters parameters(SSLContext context) throws CommandLineException {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(VERSIONS.subList(minVersion, VERSIONS.size()).toArray(String[]::new));
        if (ciphers != null) {
            parameters.setCipherSuites(suites(context, ciphers));
        }
        if (verifyMode == VERIFY_REQUEST) {
            parameters.setWantClientAuth(true);
        } else if (verifyMode != VERIFY_NONE) {
            parameters.setNeedClientAuth(true);
        }
        return parameters;
    }

    private static String[] suites(SSLContext context, String names) throws CommandLineException {
        Set<String> supported = Set.of(context.getSupportedSSLParameters().getCipherSuites());
        List<String> suites = new ArrayList<>(List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"));
        for (String name : names.split("[:, ]+")) {
            String suite = OPENSSL_CIPHER.matcher(name).replaceFirst("TLS_$1_$2_WITH_AES_$3_GCM_$4");
            if (!supported.contains(suite)) {
                throw usage("the cipher " + name + " (-o ssl_ciphers) is not supported by this JVM");
            }
            suites.add(suite);
        }
        return suites.toArray(String[]::new);
    }

    private static X509Certificate[] certificates(PemFile file) throws CommandLineException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemFile.Block block : file.blocks()) {
            if (CERTIFICATE_LABELS.contains(block.label())) {
                try {
                    certificates.add((X509Certificate) CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(block.der())));
                } catch (CertificateException e) {
                    throw file.invalid("can't be used, its block " + block.label() + " is not an X.509 certificate");
                }
            }
        }
        if (certificates.isEmpty()) {
            throw file.invalid("can't be used, there is no certificate in it, only " + file.labels());
        }
        return certificates.toArray(X509Certificate[]::new);
    }
}
