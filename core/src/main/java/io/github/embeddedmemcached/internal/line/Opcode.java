package io.github.embeddedmemcached.internal.line;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The commands of the text protocol. The name of a command is that of its constant in lower case. */
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

    /** The length of the hash table: a power of two, several times the number of commands. */
    private static final int TABLE_LENGTH = 128;

    /** A hash table with linear probing: a command is in its slot or in one of the following ones, before the next empty one. */
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

    @SuppressWarnings("ImmutableEnumChecker") // never modified
    private final byte[] word = name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);

    /** Returns the command whose name is bytes[from..to), or {@link #UNKNOWN}. */
    public static Opcode of(byte[] bytes, int from, int to) {
        if (from == to) {
            return UNKNOWN;
        }
        for (int slot = slot(bytes, from, to); ; slot = next(slot)) {
            Opcode opcode = TABLE[slot];
            if (opcode == null) {
                return UNKNOWN;
            }
            if (isWord(opcode.word, bytes, from, to)) {
                return opcode;
            }
        }
    }

    /** For such short arrays faster than {@link Arrays#equals}. */
    private static boolean isWord(byte[] word, byte[] bytes, int from, int to) {
        if (word.length != to - from) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (word[i] != bytes[from + i]) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether the command retrieves items: any number of keys, whose values are sent one by one. */
    public boolean isRetrieval() {
        return this == GET || this == GETS || this == GAT || this == GATS;
    }

    /** Returns whether the arguments are those of {@code set}, and a value follows. */
    public boolean isStorage() {
        return this == SET || this == ADD || this == REPLACE || this == APPEND || this == PREPEND;
    }

    /** Returns whether a command without a key and other parsed arguments can end with {@code noreply}. */
    public boolean allowsNoreply() {
        return this != VERSION && this != STATS && this != WATCH && this != QUIT && this != MN;
    }

    /** Returns whether the arguments of the command are a key and meta flags. */
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
