package io.github.embeddedmemcached.internal.snapshot;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Prevents that two caches save to the same file, in one process or in several. The lock is that of a separate file, which is never
 * removed: the file of the cache is replaced by each save, and removing a lock file would let two processes lock different ones.
 */
final class LockFile implements AutoCloseable {
    private static final String SUFFIX = ".lock";

    private final FileChannel channel;

    private LockFile(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Locks a file until this is closed or the process ends.
     *
     * @throws IOException if another cache has locked it, or the lock file cannot be created
     */
    static LockFile of(Path file) throws IOException {
        Path lockFile = file.resolveSibling(file.getFileName() + SUFFIX);
        try {
            Storage.createForOwner(lockFile);
        } catch (FileAlreadyExistsException e) {
            // of this or another process
        }
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        boolean isLocked = false;
        try {
            isLocked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // a cache of this process
        } finally {
            if (!isLocked) {
                channel.close();
            }
        }
        if (!isLocked) {
            throw new IOException("another cache, in this process or another one, uses the file " + file);
        }
        return new LockFile(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
