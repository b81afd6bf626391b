package io.github.embeddedmemcached.bench.wire;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where a process may run. */
public enum Core {
    /** The server's core. */
    SERVER("0"),
    /** The core of who loads it. */
    LOAD("1"),
    /** Wherever the system likes. */
    ANY("");

    private static final Path TASKSET = Path.of("/usr/bin/taskset");

    private final String number;

    Core(String number) {
        this.number = number;
    }

    /** Whether processes can be pinned here: there is a taskset, and there are two cores. */
    public static boolean canPin() {
        return Files.isExecutable(TASKSET) && Runtime.getRuntime().availableProcessors() >= 2;
    }

    /** The command that runs a command here; the same command where nothing can be pinned. */
    List<String> pin(List<String> command) {
        if (this == ANY || !canPin()) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of(TASKSET.toString(), "-c", number));
        pinned.addAll(command);
        return pinned;
    }
}
