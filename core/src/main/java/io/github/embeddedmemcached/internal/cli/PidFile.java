package io.github.embeddedmemcached.internal.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;

/** The file of {@code -P}: the process id and a line end, in memcached's format. */
final class PidFile {
    private static final String WHAT = "the pid file (-P)";

    private final Path path;
    private final String content;

    private PidFile(Path path, long pid) {
        this.path = path;
        content = pid + "\n";
    }

    /** Writes the file. As in memcached, a failure is reported and does not prevent the server from starting. */
    static PidFile write(Path path, ProcessHandle process, Consumer<String> log) {
        PidFile file = new PidFile(path, process.pid());
        file.warnIfOverwritten(log);
        Path unfinished = Path.of(path + ".tmp");
        try {
            Files.writeString(unfinished, file.content);
            Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.accept(FileErrorMessages.writing(WHAT, path, e));
        }
        return file;
    }

    private void warnIfOverwritten(Consumer<String> log) {
        try {
            String previous =
                    Files.readString(path, StandardCharsets.ISO_8859_1).strip();
            if (previous.matches("[0-9]{1,18}")
                    && !content.equals(previous + "\n")
                    && ProcessHandle.of(Long.parseLong(previous)).isPresent()) {
                log.accept(WHAT + " had the id of a running process, " + previous + ": " + path);
            }
        } catch (IOException e) {
            // most likely the file does not exist; other problems are reported when it is written
        }
    }

    /** Removes the file, unless another process has written it since. */
    void remove() {
        try {
            if (Files.readString(path, StandardCharsets.ISO_8859_1).equals(content)) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // it has already been removed
        }
    }
}
