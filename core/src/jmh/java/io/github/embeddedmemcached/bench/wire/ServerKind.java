package io.github.embeddedmemcached.bench.wire;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The servers that are compared. */
public enum ServerKind {
    /** This project's. */
    EMBEDDED("embedded-memcached"),
    /** The real one. */
    MEMCACHED("memcached"),
    /** One that answers every get with the same value and stores nothing: what no server on a JVM can be expected to beat. */
    CANNED("canned answers");

    private final String title;

    ServerKind(String title) {
        this.title = title;
    }

    /** What it is called in reports. */
    public String title() {
        return title;
    }

    /** Where memcached is installed, if it is. */
    public static Optional<Path> memcached() {
        String folders = System.getenv().getOrDefault("PATH", "");
        return Stream.of(folders.split(java.io.File.pathSeparator))
                .map(folder -> Path.of(folder, "memcached"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Whether it can be started here. */
    public boolean isAvailable() {
        return this != MEMCACHED || memcached().isPresent();
    }
}
