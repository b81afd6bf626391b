package io.github.embeddedmemcached.internal.snapshot;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes files so that one complete file remains whatever happens: to a temporary file in the same directory, which is forced to the disk
 * and then replaces the target. Tests override methods to make them fail.
 *
 * <p>Files are written by {@link RandomAccessFile}: an interrupt closes a {@link FileChannel} during any operation.
 */
class Storage {
    private static final String TEMPORARY_SUFFIX = ".tmp";

    /** Attempts to replace a file that another process may hold open, as virus scanners do on Windows: for about a second. */
    private static final int REPLACE_ATTEMPTS_MAX = 20;

    /** As in Linux. */
    private static final int LINKS_MAX = 40;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Writes the contents of a file. */
    interface Contents {
        void writeTo(Output output) throws IOException;
    }

    /** A temporary file that is being written. It is locked: an unlocked one was left by a process that ended. */
    static class Output implements Closeable {
        private final RandomAccessFile file;

        Output(Path temporary) throws IOException {
            file = new RandomAccessFile(temporary.toFile(), "rw");
            try {
                file.getChannel().tryLock();
            } catch (IOException e) {
                // the file system has no locks, so that no temporary file is considered unused
            }
        }

        void write(byte[] bytes, int offset, int length) throws IOException {
            file.write(bytes, offset, length);
        }

        /** Forces the bytes to the disk. */
        void force() throws IOException {
            file.getFD().sync();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** Writes a file, or replaces it. Returns the file that was written: the target of a symbolic link. */
    final Path write(Path file, Contents contents) throws IOException {
        Path target = followLinks(file);
        Path folder = folderOf(target);
        String prefix = target.getFileName() + ".";
        Path temporary;
        Output created;
        synchronized (Storage.class) { // a new temporary file is locked before another thread considers it unused
            removeTemporaryFiles(folder, prefix);
            temporary = createTemporary(folder, prefix);
            created = open(temporary);
        }
        boolean isDone = false;
        try {
            try (Output output = created) {
                contents.writeTo(output);
                output.force();
            }
            replace(temporary, target);
            isDone = true;
        } finally {
            if (!isDone) {
                deleteQuietly(temporary);
            }
        }
        forceFolder(folder);
        return target;
    }

    /** Returns the target of a symbolic link, which may not exist; the file itself if it is none. */
    private static Path followLinks(Path file) throws IOException {
        Path target = file.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(target); links++) {
            if (links == LINKS_MAX) {
                throw new FileSystemException(file.toString(), null, "it is a chain of too many symbolic links");
            }
            target = target.resolveSibling(Files.readSymbolicLink(target));
        }
        return target;
    }

    private static Path folderOf(Path target) throws IOException {
        Path folder = target.getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "it is a directory");
        }
        if (!Files.isDirectory(folder)) {
            throw new FileSystemException(target.toString(), null, "the directory " + folder + " does not exist");
        }
        return folder;
    }

    /** Creates a file that only its owner can read. */
    private static Path createTemporary(Path folder, String prefix) throws IOException {
        for (long number = System.nanoTime(); ; number++) {
            Path file = folder.resolve(prefix + Long.toHexString(number) + TEMPORARY_SUFFIX);
            try {
                createForOwner(file);
                return file;
            } catch (FileAlreadyExistsException e) {
                // another save has just created it: try the next number
            }
        }
    }

    static void createForOwner(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return;
        }
        Files.createFile(file);
        File opened = file.toFile();
        boolean isRestricted = opened.setReadable(false, false)
                & opened.setWritable(false, false)
                & opened.setReadable(true, true)
                & opened.setWritable(true, true);
        if (!isRestricted) { // where the file system has no such permissions, the folder's apply
            opened.setReadable(true);
            opened.setWritable(true);
        }
    }

    /** Opens a temporary file. */
    Output open(Path temporary) throws IOException {
        return new Output(temporary);
    }

    /** Removes the temporary files of processes that ended during a save. */
    private static void removeTemporaryFiles(Path folder, String prefix) throws IOException {
        DirectoryStream.Filter<Path> isTemporary = file -> {
            String name = file.getFileName().toString();
            return name.startsWith(prefix)
                    && name.substring(prefix.length()).matches("[0-9a-f]{1,16}\\" + TEMPORARY_SUFFIX);
        };
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, isTemporary)) {
            for (Path file : files) {
                if (isUnused(file)) {
                    deleteQuietly(file);
                }
            }
        }
    }

    private static boolean isUnused(Path file) {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw");
                FileLock lock = opened.getChannel().tryLock()) {
            return lock != null;
        } catch (IOException | OverlappingFileLockException e) {
            return false;
        }
    }

    /** Replaces a file, which another process may hold open for a moment. */
    private void replace(Path temporary, Path target) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                move(temporary, target);
                return;
            } catch (NoSuchFileException e) {
                throw e;
            } catch (FileSystemException e) {
                if (attempt == REPLACE_ATTEMPTS_MAX) {
                    throw e;
                }
                pause();
            }
        }
    }

    void move(Path temporary, Path target) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // the next save removes it
        }
    }

    /** Forces the renaming to the disk. Not every system can open a directory: then its own order of writes applies. */
    private static void forceFolder(Path folder) {
        boolean wasInterrupted = false;
        boolean isRepeated;
        do {
            isRepeated = false;
            wasInterrupted |= Thread.interrupted();
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            } catch (ClosedByInterruptException e) {
                isRepeated = true;
            } catch (IOException e) {
                // Windows
            }
        } while (isRepeated);
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
