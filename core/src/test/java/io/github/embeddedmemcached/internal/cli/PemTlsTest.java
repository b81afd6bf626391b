package io.github.embeddedmemcached.internal.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.embeddedmemcached.internal.server.MemcachedServer;
import io.github.embeddedmemcached.internal.server.MemcachedServers;
import io.github.embeddedmemcached.internal.server.SocketClient;
import io.github.embeddedmemcached.internal.server.listen.Endpoints;
import io.github.embeddedmemcached.testing.TestTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The TLS options, with the test identity written to PEM files. */
class PemTlsTest {
    @TempDir
    private Path folder;

    private Path chain;
    private Path key;
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void writeFiles() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        char[] password = "embedded-memcached".toCharArray();
        try (InputStream bytes = TestTls.class.getResourceAsStream("test-identity.p12")) {
            store.load(bytes, password);
        }
        chain = folder.resolve("chain.pem");
        key = folder.resolve("key.pem");
        Files.writeString(
                chain,
                "a certificate\n"
                        + pem("CERTIFICATE", store.getCertificate("test").getEncoded()));
        Files.writeString(key, pem("PRIVATE KEY", store.getKey("test", password).getEncoded()));
    }

    private static String pem(String label, byte[] bytes) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    private MemcachedServer start(String... options) {
        CommandLine line = CommandLine.parse(options);
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Main.Outcome outcome = Main.start(line, null, stream, stream);
        assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("-h lists");
        return Objects.requireNonNull(outcome.server());
    }

    private String options(String furtherOptions) {
        return "ssl_chain_cert=" + chain + ",ssl_key=" + key + furtherOptions;
    }

    @Test
    void shouldServeWithCertificateAndKeyFromFiles() throws IOException {
        try (MemcachedServer memcached = start("-p", "-1", "-Z", "-o", options(""))) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), version)
                        .send("get k\r\n")
                        .expect("END\r\n")
                        .close();
            }
        }
    }

    @Test
    void shouldReadKeyFromChainFile() throws IOException {
        Files.writeString(chain, Files.readString(chain) + Files.readString(key));
        try (MemcachedServer memcached = start("-p", "-1", "-Z", "-o", "ssl_chain_cert=" + chain)) {
            SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3")
                    .close();
        }
    }

    @Test
    void shouldReloadFilesOnRefreshCerts() throws IOException {
        try (MemcachedServer memcached = start("-p", "-1", "-Z", "-o", options(""));
                SocketClient client = SocketClient.connectTls(
                        MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3")) {
            client.send("refresh_certs\r\n").expect("OK\r\n");
            Files.writeString(key, "no key any more");
            client.send("refresh_certs\r\n").expect("Error the key file (-o ssl_key) can't be used");
            SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3")
                    .send("stats\r\n")
                    .expect("STAT pid ")
                    .close();
        }
    }

    @Test
    void shouldReloadFilesOnHangup() throws Exception {
        CommandLine line = CommandLine.parse("-p", "-1", "-Z", "-v", "-o", options(""));
        var messages = new ArrayList<String>();
        try (MemcachedServer memcached = line.start(text -> {})) {
            Files.writeString(key, "no key any more");
            Main.reload(line, memcached, messages::add);
            assertThat(messages)
                    .singleElement()
                    .asString()
                    .startsWith("the key file (-o ssl_key) can't be used")
                    .endsWith("; the certificates are unchanged");
            SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3")
                    .close();

            messages.clear();
            for (String name : List.of("rsa-certificate.pem", "rsa-pkcs1.pem")) {
                Path target = name.contains("certificate") ? chain : key;
                Files.write(
                        target,
                        PemKeyTest.class.getResourceAsStream("pem/" + name).readAllBytes());
            }
            Main.reload(line, memcached, messages::add);
            assertThat(messages).containsExactly("the certificates have been reloaded");
            assertThatThrownBy(() -> SocketClient.connectTls(
                            MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3"))
                    .isInstanceOf(SSLException.class); // the new certificate is not trusted
        }
    }

    @Test
    void shouldApplyVersionCipherAndVerifyOptions() throws IOException {
        String furtherOptions = ",ssl_min_version=3,ssl_verify_mode=2,ssl_ca_cert=" + chain;
        try (MemcachedServer memcached = start("-p", "-1", "-Z", "-o", options(furtherOptions))) {
            SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.serverContext(), "TLSv1.3")
                    .send("get k\r\n")
                    .expect("END\r\n")
                    .close();
            assertThatThrownBy(() -> SocketClient.connectTls(
                            MemcachedServers.address(memcached), TestTls.serverContext(), "TLSv1.2"))
                    .isInstanceOf(SSLException.class);
            try (SocketClient anonymous =
                    SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.3")) {
                assertThatThrownBy(anonymous::readUntilClosed).isInstanceOf(IOException.class);
            }
        }
        String cipher = ",ssl_ciphers=ECDHE-ECDSA-AES256-GCM-SHA384:TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        try (MemcachedServer memcached = start("-p", "-1", "-Z", "-o", options(cipher))) {
            SocketClient.connectTls(MemcachedServers.address(memcached), TestTls.clientContext(), "TLSv1.2")
                    .close();
        }
    }

    @Test
    void shouldNotUseTlsForAddressWithNotlsPrefix() throws IOException {
        try (MemcachedServer memcached =
                start("-p", "-1", "-l", "127.0.0.1,notls:127.0.0.1", "-Z", "-o", options(""))) {
            List<Endpoints.Tcp> endpoints = memcached.endpoints().tcp();
            SocketClient.connectTls(endpoints.get(0).address(), TestTls.clientContext(), "TLSv1.3")
                    .close();
            SocketClient.connect(endpoints.get(1).address())
                    .send("get k\r\n")
                    .expect("END\r\n")
                    .close();
        }
    }

    private void assertRejected(String message, String options) {
        CommandLine line = CommandLine.parse("-Z", "-o", options);
        assertThat(line.message()).contains(message);
        assertThat(line.exitStatus()).isEqualTo(64);
    }

    @Test
    void shouldReportProblemsOfFiles() throws IOException {
        assertRejected("can't be read", options("x"));
        assertRejected("no private key in", "ssl_chain_cert=" + chain);
        assertRejected("no certificate in", "ssl_chain_cert=" + key + ",ssl_key=" + key);
        assertRejected("the CA file (-o ssl_ca_cert) can't be used", options(",ssl_ca_cert=" + key));
        assertRejected("the cipher NULL-MD5 (-o ssl_ciphers) is not supported", options(",ssl_ciphers=NULL-MD5"));
        Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertRejected("does not support its private key", options(""));
        Files.writeString(key, pem("EC PRIVATE KEY", new byte[] {1, 2, 3}));
        assertRejected("openssl pkcs8", options(""));
    }
}
