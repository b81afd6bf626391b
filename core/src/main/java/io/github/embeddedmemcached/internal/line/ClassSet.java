package io.github.embeddedmemcached.internal.line;

import static io.github.embeddedmemcached.internal.wire.AsciiNumbers.INVALID;

import io.github.embeddedmemcached.internal.engine.statistics.SlabClasses;
import io.github.embeddedmemcached.internal.wire.AsciiNumbers;
import org.jspecify.annotations.Nullable;

/**
 * A set of {@link SlabClasses}, the argument of some commands.
 *
 * @param bits bit n for class n
 */
public record ClassSet(long bits) {
    public static final ClassSet ALL = new ClassSet(-1);

    /** The end, exclusive, of the class ids that memcached accepts, although it has fewer classes. */
    public static final int ID_END = 64;

    public boolean contains(int id) {
        return (bits & 1L << id) != 0;
    }

    /** Parses a list of class ids; returns null if it is invalid. */
    // <class id>[,<class id>]*
    public static @Nullable ClassSet parse(String ids) {
        long bits = 0;
        for (String id : ids.split(",", 0)) {
            long value = AsciiNumbers.strictUint32(id);
            if (value == INVALID || value < 1 || value >= ID_END) {
                return null;
            }
            bits |= 1L << value;
        }
        return new ClassSet(bits);
    }
}
