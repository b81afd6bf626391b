package io.github.embeddedmemcached.internal.snapshot;

import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.BlockHeader;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.End;
import io.github.embeddedmemcached.internal.snapshot.SnapshotFormat.FileHeader;
import java.io.IOException;
import java.io.RandomAccessFile;
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
     * Finds the blocks of a file.
     *
     * @throws IOException if it is not a file of this format and version, or cannot be read
     */
    static BlockList read(RandomAccessFile input, Path path) throws IOException {
        BlockList list = new BlockList(input, readHeader(input, path));
        list.findBlocks();
        return list;
    }

    /** Reads the header at the beginning of the file, or its copy at the end if that one is damaged. */
    private static FileHeader readHeader(RandomAccessFile input, Path path) throws IOException {
        if (input.length() >= SnapshotFormat.HEADER_BYTES) {
            for (long offset : new long[] {0, input.length() - SnapshotFormat.HEADER_BYTES}) {
                byte[] bytes = new byte[SnapshotFormat.HEADER_BYTES];
                input.seek(offset);
                input.readFully(bytes);
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
        throw new IOException("the cache cannot be restored from " + path + ": the file is not a saved cache");
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
        long searchFrom = position;
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
        byte[] bytes = new byte[SnapshotFormat.BLOCK_HEADER_BYTES];
        input.seek(position);
        input.readFully(bytes);
        return BlockHeader.decode(file, bytes);
    }

    private @Nullable End readEnd(long position, BlockHeader header) throws IOException {
        if (header.length() != SnapshotFormat.END_BYTES) {
            return null;
        }
        byte[] bytes = new byte[SnapshotFormat.END_BYTES];
        input.seek(position);
        input.readFully(bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue() == header.crc() ? End.decode(bytes) : null;
    }

    /** Returns the position of the next marker of a block; the length of the file if there is none. */
    private long findMarker(long from) throws IOException {
        byte[] sync = file.sync();
        byte[] bytes = new byte[SCAN_BYTES];
        for (long position = from; position < length; position += SCAN_BYTES - sync.length + 1) {
            int count = (int) Math.min(bytes.length, length - position);
            input.seek(position);
            input.readFully(bytes, 0, count);
            for (int i = 0; i + sync.length <= count; i++) {
                if (bytes[i] == sync[0] && Arrays.equals(bytes, i, i + sync.length, sync, 0, sync.length)) {
                    return position + i;
                }
            }
        }
        return length;
    }
}
