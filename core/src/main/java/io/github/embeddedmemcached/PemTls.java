package io.github.embeddedmemcached;

import io.github.embeddedmemcached.server.TlsSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * TLS as memcached's options describe it: a certificate chain and a key in PEM files, whom to trust, and which versions and
 * ciphers to speak. The key must be in PKCS #8, which is what {@code openssl} writes unless it is told otherwise.
 */
final class PemTls {
    /** What clients must show, memcached's {@code ssl_verify_mode}, whose numbers these are. */
    static final int VERIFY_NONE = 0;

    static final int VERIFY_REQUEST = 1;
    static final int VERIFY_MODE_MAX = 3;

    static final int MIN_VERSION_DEFAULT = 2;
    static final int MIN_VERSION_MAX = 3;

    private static final List<String> VERSIONS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    // -----BEGIN <label>-----\n<base64>\n-----END <label>-----
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(?s:([^-]*))-----END \\1-----");

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

    /** Names of OpenSSL or of the JDK, separated by colons; those of TLS 1.3 are always there. */
    void ciphers(String names) {
        ciphers = names;
    }

    void verifyMode(int mode) {
        verifyMode = mode;
    }

    /** An index of {@link #VERSIONS}. */
    void minVersion(int version) {
        minVersion = version;
    }

    /** Reads the files. */
    TlsSettings load() throws Refusal {
        Path chain = chainFile;
        if (chain == null) {
            throw refusal("TLS (-Z) needs a certificate: -o ssl_chain_cert=<file>", null);
        }
        try {
            Path key = keyFile == null ? chain : keyFile;
            SSLContext context = context(chain, key);
            return TlsSettings.refreshable(context, () -> context(chain, key), parameters(context));
        } catch (IOException e) {
            throw refusal("a file for TLS can't be read: " + e, e);
        } catch (GeneralSecurityException e) {
            throw refusal("a file for TLS can't be used: " + e.getMessage(), e);
        }
    }

    private static Refusal refusal(String sentence, @Nullable Exception cause) {
        Refusal refusal = new Refusal(Refusal.EXIT_USAGE, sentence);
        refusal.initCause(cause);
        return refusal;
    }

    private SSLContext context(Path chain, Path key) throws IOException, GeneralSecurityException {
        char[] noPassword = {};
        KeyStore store = emptyStore();
        store.setKeyEntry("key", privateKey(key), noPassword, certificates(chain));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, noPassword);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trustManagers(), null);
        return context;
    }

    private TrustManager @Nullable [] trustManagers() throws IOException, GeneralSecurityException {
        if (trustFile == null) {
            return null;
        }
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate certificate : certificates(trustFile)) {
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

    private SSLParameters parameters(SSLContext context) throws GeneralSecurityException {
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

    private static String[] suites(SSLContext context, String names) throws GeneralSecurityException {
        Set<String> known = Set.of(context.getSupportedSSLParameters().getCipherSuites());
        List<String> suites = new ArrayList<>(List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"));
        for (String name : names.split("[:, ]+")) {
            String suite = OPENSSL_CIPHER.matcher(name).replaceFirst("TLS_$1_$2_WITH_AES_$3_GCM_$4");
            if (!known.contains(suite)) {
                throw new GeneralSecurityException("this JVM doesn't know the cipher " + name);
            }
            suites.add(suite);
        }
        return suites.toArray(String[]::new);
    }

    private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> certificates = new ArrayList<>();
        for (byte[] block : blocks(file, "CERTIFICATE")) {
            certificates.add(factory.generateCertificate(new ByteArrayInputStream(block)));
        }
        if (certificates.isEmpty()) {
            throw new GeneralSecurityException("there is no certificate in " + file);
        }
        return certificates.toArray(Certificate[]::new);
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        for (byte[] block : blocks(file, "PRIVATE KEY")) {
            for (String algorithm : KEY_ALGORITHMS) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(block));
                } catch (InvalidKeySpecException e) {
                    // then it is of another kind
                }
            }
        }
        throw new GeneralSecurityException("there is no private key in " + file
                + " that could be used; \"openssl pkcs8 -topk8 -nodes\" makes one of another format");
    }

    private static List<byte[]> blocks(Path file, String label) throws IOException, GeneralSecurityException {
        List<byte[]> blocks = new ArrayList<>();
        Matcher found = BLOCK.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        while (found.find()) {
            if (found.group(1).equals(label)) {
                try {
                    blocks.add(Base64.getMimeDecoder().decode(found.group(2)));
                } catch (IllegalArgumentException e) {
                    throw new GeneralSecurityException(file + " isn't in PEM format", e);
                }
            }
        }
        return blocks;
    }
}
