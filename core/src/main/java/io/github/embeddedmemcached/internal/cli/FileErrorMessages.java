package io.github.embeddedmemcached.internal.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Describes why a file could not be read or written, without the names of Java's exception classes. */
final class FileErrorMessages {
    private FileErrorMessages() {}

    /**
     * Returns a message such as {@code the password file (-Y) can't be read, it does not exist: users.txt}.
     *
     * @param what the file's purpose and the option that names it
     */
    static String reading(String what, Path file, IOException failure) {
        return what + " can't be read" + reason(file, failure) + ": " + file;
    }

    /** As {@link #reading}, for a file that could not be written. */
    static String writing(String what, Path file, IOException failure) {
        Path folder = file.toAbsolutePath().getParent();
        boolean isFolderMissing = folder != null && !Files.isDirectory(folder);
        String reason = isFolderMissing ? ", its directory does not exist" : reason(file, failure);
        return what + " can't be written" + reason + ": " + file;
    }

    private static String reason(Path file, IOException failure) {
        if (Files.isDirectory(file)) {
            return ", it is a directory";
        }
        if (failure instanceof NoSuchFileException) {
            return ", it does not exist";
        }
        if (failure instanceof AccessDeniedException) {
            return ", permission denied";
        }
        String detail = failure instanceof FileSystemException system ? system.getReason() : failure.getMessage();
        return detail == null || detail.isEmpty() ? "" : " (" + detail + ")";
    }
}
