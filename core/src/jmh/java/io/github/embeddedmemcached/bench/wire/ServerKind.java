package io.github.embeddedmemcached.bench.wire;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The servers that are compared. */
public enum ServerKind {
    /** The server of this project. */
    EMBEDDED("embedded-memcached"),
    /** A real memcached. */
    MEMCACHED("memcached"),
    /** A {@link CannedServer}, the limit of a server on a JVM. */
    CANNED("canned replies");

    private final String title;

    ServerKind(String title) {
        this.title = title;
    }

    /** Returns the name in reports. */
    public String title() {
        return title;
    }

    /** Returns the path of memcached, if it is installed. */
    public static Optional<Path> memcached() {
        String folders = System.getenv().getOrDefault("PATH", "");
        return Stream.of(folders.split(java.io.File.pathSeparator))
                .map(folder -> Path.of(folder, "memcached"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Returns whether the server can be started on this machine. */
    public boolean isAvailable() {
        return this != MEMCACHED || memcached().isPresent();
    }
}
