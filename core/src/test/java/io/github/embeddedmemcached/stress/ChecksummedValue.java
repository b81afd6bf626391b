package io.github.embeddedmemcached.stress;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A value that contains its key and version, so that torn reads and reads of another item are detected.
 *
 * <pre>
 *  0         4       8         16           20
 *  +---------+-------+---------+------------+---------+
 *  | CRC32C  | owner | version | key number | padding |
 *  +---------+-------+---------+------------+---------+
 * </pre>
 */
final class ChecksummedValue {
    static final int LENGTH_MIN = 20;

    private ChecksummedValue() {}

    static byte[] of(int owner, int key, long version, int length) {
        ByteBuffer value = ByteBuffer.allocate(length)
                .putInt(0)
                .putInt(owner)
                .putLong(version)
                .putInt(key);
        while (value.hasRemaining()) {
            value.put((byte) (version + value.position()));
        }
        return value.putInt(0, checksum(value.array())).array();
    }

    /** Returns the version of a value; fails if the value does not belong to the key. */
    static long version(int owner, int key, byte[] value) {
        ByteBuffer fields = ByteBuffer.wrap(value);
        if (value.length < LENGTH_MIN || fields.getInt() != checksum(value)) {
            throw new AssertionError("torn: a value of " + value.length + " bytes under key " + key(owner, key));
        }
        int foundOwner = fields.getInt();
        long version = fields.getLong();
        int foundKey = fields.getInt();
        if (foundOwner != owner || foundKey != key) {
            throw new AssertionError("the value of " + key(foundOwner, foundKey) + " under key " + key(owner, key));
        }
        return version;
    }

    static String key(int owner, int key) {
        return "stress:" + owner + ":" + key;
    }

    private static int checksum(byte[] value) {
        CRC32C crc = new CRC32C();
        crc.update(value, Integer.BYTES, value.length - Integer.BYTES);
        return (int) crc.getValue();
    }
}
