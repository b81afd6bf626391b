package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.embeddedmemcached.EmbeddedMemcached;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests a run-time image that jlink creates from the library's jar alone. */
class RunTimeImageTest {
    private static final Pattern LISTENING = Pattern.compile(".*listening on .*[ :](\\d+)");

    @TempDir
    static Path directory;

    @BeforeAll
    static void createImage() throws Exception {
        Path jar = Path.of(EmbeddedMemcached.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        int status = ToolProvider.findFirst("jlink")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "--module-path",
                        jar.toString(),
                        "--add-modules",
                        "io.github.embeddedmemcached",
                        "--output",
                        directory.resolve("image").toString());
        assertEquals(0, status, "jlink");
    }

    private static Process start(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                directory.resolve("image").resolve("bin").resolve("java").toString(),
                "-m",
                "io.github.embeddedmemcached/io.github.embeddedmemcached.internal.cli.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static BufferedReader reader(java.io.InputStream input) {
        return new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    }

    @Test
    void shouldPrintTheVersionOfTheModule() throws Exception {
        Process program = start("-V");
        String output = String.join("\n", reader(program.getInputStream()).lines().toList());
        assertEquals(0, program.waitFor());
        assertTrue(output.contains(System.getProperty("expected.version")), output);
    }

    @Test
    void shouldServeClients() throws Exception {
        Process program = start("-p", "-1", "-m", "16");
        try {
            BufferedReader output = reader(program.getInputStream());
            Matcher listening = LISTENING.matcher("");
            while (!listening.matches()) {
                listening.reset(output.readLine());
            }
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(listening.group(1)))) {
                socket.getOutputStream().write("set k 0 0 1\r\nx\r\n".getBytes(StandardCharsets.US_ASCII));
                assertEquals("STORED", reader(socket.getInputStream()).readLine());
            }
        } finally {
            program.destroy();
        }
    }
}
