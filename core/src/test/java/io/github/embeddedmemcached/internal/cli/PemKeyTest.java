package io.github.embeddedmemcached.internal.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.MemcachedServers;
import io.github.embeddedmemcached.internal.server.SocketClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Private keys in the formats that {@code openssl} writes. The resources were written by OpenSSL 3.0; the password of the encrypted
 * keys is "secret":
 *
 * <pre>
 * openssl genrsa -traditional -out rsa-pkcs1.pem 2048
 * openssl ecparam -name prime256v1 -genkey -out ec-sec1.pem
 * openssl ecparam -name prime256v1 -genkey -param_enc explicit -out ec-explicit.pem
 * openssl genpkey -algorithm ed25519 -out ed25519-pkcs8.pem
 * openssl pkcs8 -topk8 -nocrypt -in rsa-pkcs1.pem -out rsa-pkcs8.pem
 * openssl rsa -traditional -aes128 -in rsa-pkcs1.pem -out rsa-pkcs1-encrypted.pem
 * openssl req -x509 -new -days 36500 -key rsa-pkcs1.pem -out rsa-certificate.pem -subj /CN=localhost \
 *     -addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1
 * </pre>
 */
class PemKeyTest {
    @TempDir
    private Path folder;

    private Path resource(String name) throws IOException {
        Path file = folder.resolve(name);
        try (InputStream bytes = PemKeyTest.class.getResourceAsStream("pem/" + name)) {
            Files.write(file, bytes.readAllBytes());
        }
        return file;
    }

    private static SSLContext clientTrusting(Path certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream bytes = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "server", CertificateFactory.getInstance("X.509").generateCertificate(bytes));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static CommandLine commandLine(Path certificate, Path key) {
        return CommandLine.parse("-p", "-1", "-Z", "-o", "ssl_chain_cert=" + certificate + ",ssl_key=" + key);
    }

    private static void assertServesTls(Path certificate, Path key) throws Exception {
        CommandLine line = commandLine(certificate, key);
        assertThat(line.message()).isEmpty();
        try (MemcachedServer memcached = line.start(text -> {})) {
            SocketClient.connectTls(MemcachedServers.address(memcached), clientTrusting(certificate), "TLSv1.3")
                    .send("get k\r\n")
                    .expect("END\r\n")
                    .close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rsa-certificate.pem, rsa-pkcs1.pem",
        "rsa-certificate.pem, rsa-pkcs8.pem",
        "ec-certificate.pem, ec-sec1.pem",
        "ec-certificate.pem, ec-pkcs8.pem",
        "ed25519-certificate.pem, ed25519-pkcs8.pem"
    })
    void shouldServeTlsWithKeyWrittenByOpenssl(String certificate, String key) throws Exception {
        assertServesTls(resource(certificate), resource(key));
    }

    @ParameterizedTest
    @CsvSource({
        "rsa-certificate.pem, rsa-pkcs8.pem, RSA PRIVATE KEY",
        "ec-certificate.pem, ec-pkcs8.pem, EC PRIVATE KEY",
        "rsa-certificate.pem, rsa-pkcs1.pem, PRIVATE KEY",
        "ec-certificate.pem, ec-sec1.pem, PRIVATE KEY",
        "rsa-certificate.pem, rsa-pkcs8.pem, ANY PRIVATE KEY"
    })
    void shouldReadKeyWithWrongLabel(String certificate, String key, String label) throws Exception {
        Path file = resource(key);
        Files.writeString(
                file,
                Files.readString(file)
                        .replaceAll("-----(BEGIN|END) [A-Z ]*PRIVATE KEY-----", "-----$1 " + label + "-----"));
        assertServesTls(resource(certificate), file);
    }

    @Test
    void shouldReadCurveFromParametersBeforeKey() throws Exception {
        byte[] p256 = {6, 8, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 3, 1, 7};
        byte[] keyWithoutCurve = {0x30, 6, 2, 1, 1, 4, 1, 5};
        assertThat(PemKey.toPkcs8(keyWithoutCurve, null)).isNull();
        assertThat(PemKey.toPkcs8(keyWithoutCurve, p256))
                .isNotNull()
                .endsWith(keyWithoutCurve)
                .containsSequence(p256);
    }

    @Test
    void shouldReadKeyWithWindowsLineEndsAndSurroundingText() throws Exception {
        Path key = resource("rsa-pkcs1.pem");
        Files.writeString(
                key,
                "Bag Attributes\r\n  friendlyName: - a -\r\n"
                        + Files.readString(key).replace("\n", "\r\n") + "and so on");
        assertServesTls(resource("rsa-certificate.pem"), key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa-pkcs1-encrypted.pem", "ec-sec1-encrypted.pem", "rsa-pkcs8-encrypted.pem"})
    void shouldSuggestWorkingCommandForEncryptedKey(String name) throws Exception {
        Path certificate = resource(name.startsWith("rsa") ? "rsa-certificate.pem" : "ec-certificate.pem");
        Path key = resource(name);
        String message = commandLine(certificate, key).message();
        String command = "openssl pkcs8 -topk8 -nocrypt -in " + key + " -out " + key + ".pkcs8";
        assertThat(message).startsWith("the key file (-o ssl_key) ").contains("encrypted", "\"" + command + "\"");

        assumeThat(isInstalled("openssl")).as("openssl is installed").isTrue();
        Process openssl = new ProcessBuilder((command + " -passin pass:secret").split(" "))
                .redirectErrorStream(true)
                .start();
        assertThat(openssl.inputReader().lines()).isEmpty();
        assertThat(openssl.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertServesTls(certificate, Path.of(key + ".pkcs8"));
    }

    private static boolean isInstalled(String program) throws InterruptedException {
        try {
            return new ProcessBuilder(program, "version").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rsa-certificate.pem | ec-sec1.pem | does not belong to the first certificate",
                "rsa-certificate.pem | rsa-certificate.pem | there is no private key in it, only CERTIFICATE",
                "rsa-pkcs1.pem | rsa-pkcs1.pem | there is no certificate in it, only RSA PRIVATE KEY",
                "ec-certificate.pem | ec-explicit.pem | must be RSA, EC with a named curve, Ed25519 or Ed448",
                "rsa-certificate.pem | dsa.pem | must be RSA, EC with a named curve, Ed25519 or Ed448"
            })
    void shouldDescribeUnusableKey(String certificate, String key, String problem) throws Exception {
        CommandLine line = commandLine(resource(certificate), resource(key));
        assertThat(line.message()).contains(problem, folder.toString()).doesNotContain("Exception");
        assertThat(line.exitStatus()).isEqualTo(64);
    }

    @Test
    void shouldRejectTruncatedKeys() throws Exception {
        for (String name : new String[] {"rsa-pkcs1.pem", "ec-sec1.pem", "ec-pkcs8.pem"}) {
            byte[] der = PemFile.read("the key file", resource(name)).blocks().stream()
                    .filter(block -> block.label().endsWith("PRIVATE KEY"))
                    .findFirst()
                    .orElseThrow()
                    .der();
            for (int length = 0; length < der.length; length++) {
                byte[] part = Arrays.copyOf(der, length);
                assertThat(PemKey.toPkcs8(part, null))
                        .as("%s bytes of %s", length, name)
                        .isNull();
            }
        }
    }

    @Test
    void shouldReportOptionPathAndReasonForUnreadableFile() throws Exception {
        Path certificate = resource("rsa-certificate.pem");
        Path key = resource("rsa-pkcs1.pem");
        Path missing = folder.resolve("missing.pem");
        assertThat(commandLine(certificate, missing).message())
                .isEqualTo("the key file (-o ssl_key) can't be read, it does not exist: " + missing);
        assertThat(commandLine(missing, key).message())
                .isEqualTo("the certificate file (-o ssl_chain_cert) can't be read, it does not exist: " + missing);
        assertThat(commandLine(folder, key).message())
                .isEqualTo("the certificate file (-o ssl_chain_cert) can't be read, it is a directory: " + folder);
        Files.writeString(missing, "no PEM");
        assertThat(commandLine(certificate, missing).message())
                .startsWith("the key file (-o ssl_key) can't be used, it isn't in PEM format")
                .endsWith(missing.toString());
        Files.writeString(missing, "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n");
        assertThat(commandLine(certificate, missing).message()).contains("isn't in PEM format", missing.toString());
        assertThatThrownBy(() -> PemFile.read("it", missing)).isInstanceOf(CommandLineException.class);
    }
}
