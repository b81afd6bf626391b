package io.github.embeddedmemcached.bench.wire;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processor core on which a process runs. */
public enum Core {
    /** The core of the server. */
    SERVER("0"),
    /** The core of the load generator. */
    LOAD("1"),
    /** Any core. */
    ANY("");

    private static final Path TASKSET = Path.of("/usr/bin/taskset");

    private final String number;

    Core(String number) {
        this.number = number;
    }

    /** Returns whether processes can be pinned: taskset exists, and there are two cores or more. */
    static boolean canPin() {
        return Files.isExecutable(TASKSET) && Runtime.getRuntime().availableProcessors() >= 2;
    }

    /** Returns a command that runs a command on this core, or the same command if processes cannot be pinned. */
    List<String> pin(List<String> command) {
        if (this == ANY || !canPin()) {
            return command;
        }
        List<String> pinned = new ArrayList<>(List.of(TASKSET.toString(), "-c", number));
        pinned.addAll(command);
        return pinned;
    }
}
