package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.BlockHeader;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.End;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a file. After a damaged block header, the search continues at the next one that is intact. Payloads are not read here.
 */
final class BlockList {
    private static final int SCAN_BYTES = 64 << 10;

    /** The part of {@link FileHeader#sync} before the file id, which is the same in all files. */
    private static final int MARKER_BYTES = Integer.BYTES;

    /** Where the payload of a block begins. */
    record Block(long offset, BlockHeader header) {}

    private final RandomAccessFile input;
    private final long length;
    private final FileHeader file;
    private final List<Block> blocks = new ArrayList<>();
    private @Nullable End end;

    private BlockList(RandomAccessFile input, FileHeader file) throws IOException {
        this.input = input;
        this.file = file;
        length = input.length();
    }

    /**
     * Finds the blocks of a file, which may be damaged or truncated.
     *
     * @throws IOException if it is not a file of this format and version, or cannot be read
     */
    static BlockList read(RandomAccessFile input, Path path) throws IOException {
        BlockList list = new BlockList(input, readHeader(input, path));
        list.findBlocks();
        return list;
    }

    /** Reads the header at the beginning of the file, or its copy at the end if that one is damaged; replaces it if both are. */
    private static FileHeader readHeader(RandomAccessFile input, Path path) throws IOException {
        if (input.length() >= SnapshotFormat.HEADER_BYTES) {
            for (long offset : new long[] {0, input.length() - SnapshotFormat.HEADER_BYTES}) {
                byte[] bytes = read(input, offset, SnapshotFormat.HEADER_BYTES);
                FileHeader header = FileHeader.decode(bytes);
                if (header != null) {
                    return header;
                }
                if (FileHeader.isIntact(bytes)) {
                    throw new IOException("the cache cannot be restored from " + path + ": the file has version "
                            + FileHeader.version(bytes) + " of the format, and this library reads version "
                            + SnapshotFormat.VERSION + " only");
                }
            }
        }
        return replacementOfHeader(input, path);
    }

    /** Returns a header with the file id of the first intact block header, if there is one; the time of the save is that of the file. */
    private static FileHeader replacementOfHeader(RandomAccessFile input, Path path) throws IOException {
        FileHeader header = new FileHeader(0, Files.getLastModifiedTime(path).toMillis(), 0);
        byte[] marker = Arrays.copyOf(header.sync(), MARKER_BYTES);
        long last = input.length() - SnapshotFormat.BLOCK_HEADER_BYTES;
        for (long at = find(input, marker, 0); at <= last; at = find(input, marker, at + 1)) {
            byte[] bytes = read(input, at, SnapshotFormat.BLOCK_HEADER_BYTES);
            long id = SnapshotFormat.wrap(bytes).getLong(MARKER_BYTES);
            FileHeader found = new FileHeader(id, header.savedUnixMillis(), 0);
            if (BlockHeader.decode(found, bytes) != null) {
                return found;
            }
        }
        byte[] start = read(input, 0, (int) Math.min(Long.BYTES, input.length()));
        if (Arrays.equals(start, 0, start.length, header.encode(), 0, start.length)) {
            return header; // the magic or a part of it: nothing else of the file is intact
        }
        throw new IOException("the cache cannot be restored from " + path + ": the file is not a saved cache");
    }

    private static byte[] read(RandomAccessFile input, long offset, int length) throws IOException {
        byte[] bytes = new byte[length];
        input.seek(offset);
        input.readFully(bytes);
        return bytes;
    }

    FileHeader file() {
        return file;
    }

    List<Block> blocks() {
        return blocks;
    }

    /** Returns the totals; null if the end of the file is missing or damaged. */
    @Nullable End end() {
        return end;
    }

    /** Returns the number of blocks that were not found, as far as it is known; a missing end counts as one. */
    int missingBlocks() {
        int max = blocks.stream()
                .mapToInt(block -> block.header.number() + 1)
                .max()
                .orElse(0);
        long found = blocks.stream()
                .mapToInt(block -> block.header.number())
                .distinct()
                .count();
        return (int) Math.max(0, (end == null ? max + 1 : end.blocks()) - found);
    }

    private void findBlocks() throws IOException {
        long position = SnapshotFormat.HEADER_BYTES;
        long searchFrom = 0; // bytes of the header may be missing
        while (position + SnapshotFormat.BLOCK_HEADER_BYTES <= length) {
            BlockHeader header = headerAt(position);
            if (header == null) {
                // From the preceding payload on: bytes of it may be missing.
                position = findMarker(searchFrom);
                searchFrom = position + 1;
                continue;
            }
            long payload = position + SnapshotFormat.BLOCK_HEADER_BYTES;
            searchFrom = payload;
            if (header.length() > length - payload) {
                position = findMarker(searchFrom); // truncated, or bytes are missing
                searchFrom = position + 1;
                continue;
            }
            position = payload + header.length();
            if (header.isEnd()) {
                end = readEnd(payload, header);
                if (end != null) {
                    return;
                }
            } else {
                blocks.add(new Block(payload, header));
            }
        }
    }

    private @Nullable BlockHeader headerAt(long position) throws IOException {
        return BlockHeader.decode(file, read(input, position, SnapshotFormat.BLOCK_HEADER_BYTES));
    }

    private @Nullable End readEnd(long position, BlockHeader header) throws IOException {
        if (header.length() != SnapshotFormat.END_BYTES) {
            return null;
        }
        byte[] bytes = read(input, position, SnapshotFormat.END_BYTES);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue() == header.crc() ? End.decode(bytes) : null;
    }

    /** Returns the position of the next marker of a block of the file; the length of the file if there is none. */
    private long findMarker(long from) throws IOException {
        return find(input, file.sync(), from);
    }

    /** Returns the next position of some bytes; the length of the file if there is none. */
    private static long find(RandomAccessFile input, byte[] wanted, long from) throws IOException {
        long length = input.length();
        byte[] bytes = new byte[SCAN_BYTES];
        for (long position = from; position < length; position += SCAN_BYTES - wanted.length + 1) {
            int count = (int) Math.min(bytes.length, length - position);
            input.seek(position);
            input.readFully(bytes, 0, count);
            for (int i = 0; i + wanted.length <= count; i++) {
                if (bytes[i] == wanted[0] && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
                    return position + i;
                }
            }
        }
        return length;
    }
}
