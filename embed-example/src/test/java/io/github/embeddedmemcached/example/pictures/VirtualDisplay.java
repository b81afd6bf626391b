package io.github.embeddedmemcached.example.pictures;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An X server without a screen: Xvfb in a child process. */
final class VirtualDisplay implements AutoCloseable {
    private final Process server;
    private final String name;

    private VirtualDisplay(Process server, String name) {
        this.server = server;
        this.name = name;
    }

    /**
     * Starts a server. Returns null if this JDK has no windows on X11, or if Xvfb is not installed.
     *
     * @throws IOException if it does not start, or if it is not installed and the system property {@code memcached.required} is true
     */
    static @Nullable VirtualDisplay start() throws IOException {
        if (!Files.exists(Path.of(System.getProperty("java.home"), "lib", "libawt_xawt.so"))) {
            return null; // a "headless" package of Linux, or another system
        }
        Process server;
        try {
            server = new ProcessBuilder("Xvfb", "-displayfd", "1", "-screen", "0", "1100x800x24", "-noreset")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            if (Boolean.getBoolean("memcached.required")) {
                throw e;
            }
            return null;
        }
        BufferedReader output = server.inputReader();
        String number = output.readLine(); // when it is ready
        if (number == null) {
            throw new IOException("Xvfb did not start");
        }
        return new VirtualDisplay(server, ":" + number);
    }

    /** Returns the value of the environment variable DISPLAY for its clients. */
    String name() {
        return name;
    }

    @Override
    public void close() {
        server.destroy();
        server.onExit().join();
    }
}
