package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.meta.MetaParser;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The commands of the text protocol. A command's word is its name in lower case; what no word matches is {@link #UNKNOWN}. */
public enum Opcode {
    GET,
    GETS,
    GAT,
    GATS,
    SET,
    ADD,
    REPLACE,
    APPEND,
    PREPEND,
    CAS,
    DELETE,
    INCR,
    DECR,
    TOUCH,
    FLUSH_ALL,
    VERSION,
    VERBOSITY,
    STATS,
    SHUTDOWN,
    WATCH,
    LRU,
    LRU_CRAWLER,
    SLABS,
    CACHE_MEMLIMIT,
    EXTSTORE,
    DEBUGTIME,
    REFRESH_CERTS,
    QUIT,
    MG,
    MS,
    MD,
    MA,
    MN,
    ME,
    UNKNOWN;

    /** A power of two, several times the number of words. */
    private static final int TABLE_LENGTH = 128;

    /** Open hashing with linear probing: a word is found where its slot says, or in one of the next until an empty one. */
    private static final @Nullable Opcode[] TABLE = new @Nullable Opcode[TABLE_LENGTH];

    static {
        for (Opcode opcode : values()) {
            if (opcode != UNKNOWN) {
                int slot = slot(opcode.word, 0, opcode.word.length);
                while (TABLE[slot] != null) {
                    slot = next(slot);
                }
                TABLE[slot] = opcode;
            }
        }
    }

    @SuppressWarnings("ImmutableEnumChecker") // never written
    private final byte[] word = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);

    /** The command whose word is bytes[from..to). */
    public static Opcode of(byte[] bytes, int from, int to) {
        if (from == to) {
            return UNKNOWN;
        }
        for (int slot = slot(bytes, from, to); ; slot = next(slot)) {
            Opcode opcode = TABLE[slot];
            if (opcode == null) {
                return UNKNOWN;
            }
            if (Arrays.equals(opcode.word, 0, opcode.word.length, bytes, from, to)) {
                return opcode;
            }
        }
    }

    /** Tells whether the command has any number of keys, and answers them one by one. */
    public boolean fetches() {
        return this == GET || this == GETS || this == GAT || this == GATS;
    }

    /** Tells whether the command's arguments are a key and flags, for {@link MetaParser} to read. */
    public boolean isMeta() {
        return this == MG || this == MS || this == MD || this == MA || this == ME;
    }

    private static int slot(byte[] bytes, int from, int to) {
        int first = bytes[from];
        int last = bytes[to - 1];
        return (first * 7 + last * 31 + (to - from) * 13) & (TABLE_LENGTH - 1);
    }

    private static int next(int slot) {
        return (slot + 1) & (TABLE_LENGTH - 1);
    }
}
