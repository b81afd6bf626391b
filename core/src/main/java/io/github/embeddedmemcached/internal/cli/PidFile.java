package io.github.embeddedmemcached.internal.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Consumer;

/** The file of {@code -P}: the number of the process and a line end, as memcached writes it. */
final class PidFile {
    private static final String WHAT = "the pid file (-P)";

    private final Path path;
    private final String content;

    private PidFile(Path path, long pid) {
        this.path = path;
        content = pid + "\n";
    }

    /** Writes the file; as in memcached, a failure is reported and the server runs nevertheless. */
    static PidFile write(Path path, ProcessHandle process, Consumer<String> log) {
        PidFile file = new PidFile(path, process.pid());
        file.warnOfAnother(log);
        Path unfinished = Path.of(path + ".tmp");
        try {
            Files.writeString(unfinished, file.content);
            Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.accept(FileErrorMessages.writing(WHAT, path, e));
        }
        return file;
    }

    private void warnOfAnother(Consumer<String> log) {
        try {
            String there = Files.readString(path, StandardCharsets.ISO_8859_1).strip();
            if (there.matches("[0-9]{1,18}")
                    && !content.equals(there + "\n")
                    && ProcessHandle.of(Long.parseLong(there)).isPresent()) {
                log.accept(WHAT + " had the number of a running process, " + there + ": " + path);
            }
        } catch (IOException e) {
            // mostly there is no file yet; whatever it is, writing shows it too
        }
    }

    /** Removes the file, unless another process has written it since. */
    void remove() {
        try {
            if (Files.readString(path, StandardCharsets.ISO_8859_1).equals(content)) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // it is gone already
        }
    }
}
