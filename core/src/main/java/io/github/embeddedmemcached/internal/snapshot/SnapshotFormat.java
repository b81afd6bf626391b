package io.github.embeddedmemcached.internal.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The layout of a file, see the package description: encodes and decodes the file's header and the headers of blocks. */
final class SnapshotFormat {
    static final int VERSION = 1;

    /** Not ASCII, and with both kinds of line ends, so that a file that was transferred as text is recognized as damaged. */
    static final long MAGIC = 0x0A1A0A0D_534D4589L; // 89 "EMS" CR LF SUB LF

    static final int HEADER_BYTES = 44;
    static final int BLOCK_HEADER_BYTES = 36;

    /** The marker of a block and the identification of the file. */
    static final int SYNC_BYTES = 12;

    /** The bytes of an item before its key. */
    static final int ITEM_HEADER_BYTES = 31;

    // The offsets of an item's fields.
    static final int CAS_UNIQUE = 0;
    static final int EXPIRY = 8;
    static final int ACCESSED_AGO = 16;
    static final int FLAGS = 20;
    private static final int VALUE_LENGTH = 24;
    private static final int KEY_LENGTH = 28;
    static final int STATE = 30;

    static final int END_BYTES = 20;

    /** A block of several items has at most this length, header included. */
    static final int BLOCK_BYTES_MAX = 128 << 10;

    static final int KEY_LENGTH_MAX = 0xFFFF;

    // The bits of an item's state.
    static final int STALE = 1;
    static final int BINARY_KEY = 2;
    static final int FETCHED = 4;

    private static final int BLOCK_MARKER = 0x4B4C42F5; // F5 "BLK"
    private static final int VERSION_OFFSET = 8;
    private static final int HEADER_CRC = HEADER_BYTES - Integer.BYTES;
    private static final int BLOCK_CRC = BLOCK_HEADER_BYTES - Integer.BYTES;

    private SnapshotFormat() {}

    static ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Returns the length of the key of an item. */
    static int keyLength(ByteBuffer payload, int item) {
        return Short.toUnsignedInt(payload.getShort(item + KEY_LENGTH));
    }

    /** Returns the length of the value of an item; negative if the payload is damaged. */
    static int valueLength(ByteBuffer payload, int item) {
        return payload.getInt(item + VALUE_LENGTH);
    }

    private static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /**
     * The header of a file.
     *
     * @param id a random number, which is part of each block's header: a value cannot contain bytes that look like a block of the file
     * @param savedUnixMillis the time at which the save began
     * @param lastCasUnique the last CAS unique that the cache had assigned at that time; 0 if items have none
     */
    record FileHeader(long id, long savedUnixMillis, long lastCasUnique) {
        byte[] encode() {
            byte[] bytes = new byte[HEADER_BYTES];
            ByteBuffer buffer = wrap(bytes)
                    .putLong(MAGIC)
                    .putInt(VERSION)
                    .putInt(0)
                    .putLong(id)
                    .putLong(savedUnixMillis)
                    .putLong(lastCasUnique);
            buffer.putInt(crc(bytes, 0, HEADER_CRC));
            return bytes;
        }

        /** Returns the header if the bytes are one of this version. */
        static @Nullable FileHeader decode(byte[] bytes) {
            ByteBuffer buffer = wrap(bytes);
            if (!isIntact(bytes) || buffer.getInt(VERSION_OFFSET) != VERSION) {
                return null;
            }
            return new FileHeader(buffer.getLong(16), buffer.getLong(24), buffer.getLong(32));
        }

        /** Returns whether the bytes are the header of any version. */
        static boolean isIntact(byte[] bytes) {
            ByteBuffer buffer = wrap(bytes);
            return buffer.getLong(0) == MAGIC && buffer.getInt(HEADER_CRC) == crc(bytes, 0, HEADER_CRC);
        }

        static int version(byte[] bytes) {
            return wrap(bytes).getInt(VERSION_OFFSET);
        }

        /** Returns the bytes with which each block of the file begins. */
        byte[] sync() {
            byte[] bytes = new byte[SYNC_BYTES];
            wrap(bytes).putInt(BLOCK_MARKER).putLong(id);
            return bytes;
        }
    }

    /**
     * The header of a block.
     *
     * @param number of the block, from 0
     * @param length of the payload, in bytes
     * @param items the number of items in it; for the end block, -1
     * @param rank of the items: 0 if they would be evicted first, to 255
     * @param crc of the payload
     */
    record BlockHeader(int number, int length, int items, int rank, int crc) {
        private static final int END = -1;

        static BlockHeader end(int number, byte[] payload) {
            return new BlockHeader(number, payload.length, END, 0, SnapshotFormat.crc(payload, 0, payload.length));
        }

        boolean isEnd() {
            return items == END;
        }

        /** Writes the header of a block of a file. */
        void encode(FileHeader file, byte[] target) {
            wrap(target)
                    .putInt(BLOCK_MARKER)
                    .putLong(file.id)
                    .putInt(number)
                    .putInt(length)
                    .putInt(items)
                    .putInt(rank)
                    .putInt(crc)
                    .putInt(SnapshotFormat.crc(target, 0, BLOCK_CRC));
        }

        /** Returns the header if the bytes are one of the file. */
        static @Nullable BlockHeader decode(FileHeader file, byte[] bytes) {
            ByteBuffer buffer = wrap(bytes);
            if (buffer.getInt(0) != BLOCK_MARKER
                    || buffer.getLong(4) != file.id
                    || buffer.getInt(BLOCK_CRC) != SnapshotFormat.crc(bytes, 0, BLOCK_CRC)) {
                return null;
            }
            var header = new BlockHeader(
                    buffer.getInt(12), buffer.getInt(16), buffer.getInt(20), buffer.getInt(24), buffer.getInt(28));
            boolean isValid = header.number >= 0
                    && header.length >= 0
                    && header.items >= END
                    && header.rank >= 0
                    && header.rank <= 0xFF;
            return isValid ? header : null;
        }
    }

    /**
     * The payload of the end block.
     *
     * @param items the number of items in all blocks
     * @param lastCasUnique the last CAS unique that the cache had assigned at the end of the save
     * @param blocks the number of blocks before the end block
     */
    record End(long items, long lastCasUnique, int blocks) {
        byte[] encode() {
            byte[] bytes = new byte[END_BYTES];
            wrap(bytes).putLong(items).putLong(lastCasUnique).putInt(blocks);
            return bytes;
        }

        static End decode(byte[] bytes) {
            ByteBuffer buffer = wrap(bytes);
            return new End(buffer.getLong(), buffer.getLong(), buffer.getInt());
        }
    }
}
