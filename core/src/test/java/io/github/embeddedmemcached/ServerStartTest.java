package io.github.embeddedmemcached;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The time of the first start in a JVM depends on the number of classes that are loaded and lambdas that are linked. */
@Timeout(60)
class ServerStartTest {
    private static final Path CLASSES = Path.of("target", "classes");
    private static final String REPLY = "END\r\n";

    /** 190 when this test was written. */
    private static final int CLASSES_MAX = 200;

    /** Starts a server and receives a reply, in a JVM of its own. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) throws IOException {
            try (EmbeddedMemcached server = EmbeddedMemcached.start();
                    Socket client = new Socket(server.host(), server.port())) {
                client.getOutputStream().write("get k\r\n".getBytes(StandardCharsets.US_ASCII));
                byte[] reply = client.getInputStream().readNBytes(REPLY.length());
                System.out.print(new String(reply, StandardCharsets.US_ASCII));
                System.out.flush();
                Runtime.getRuntime().halt(0); // what is loaded later does not matter
            }
        }
    }

    @Test
    void shouldLinkNoLambdaBeforeTheFirstReply(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("embedded-memcached.jar");
        createJar(jar); // a server whose classes are in a folder executes a conversation first, see WarmUp
        Path log = folder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load:file=" + log.getFileName(),
                        "-cp",
                        jar
                                + System.getProperty("path.separator")
                                + Path.of("target", "test-classes").toAbsolutePath(),
                        Program.class.getName())
                .directory(folder.toFile())
                .redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")); // reported by the JVM
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(output).isEqualTo(REPLY);
        List<String> loaded = Files.readAllLines(log).stream()
                .filter(line -> line.contains("] io.github.embeddedmemcached."))
                .collect(Collectors.toList());
        assertThat(loaded).hasSizeBetween(CLASSES_MAX / 2, CLASSES_MAX).noneMatch(line -> line.contains("$$Lambda"));
    }

    private static void createJar(Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> files = Files.walk(CLASSES)) {
            for (Path each : files.filter(Files::isRegularFile).collect(Collectors.toList())) {
                out.putNextEntry(
                        new ZipEntry(CLASSES.relativize(each).toString().replace('\\', '/')));
                Files.copy(each, out);
            }
        }
    }
}
