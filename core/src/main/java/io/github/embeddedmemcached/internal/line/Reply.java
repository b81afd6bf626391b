package io.github.embeddedmemcached.internal.line;

import io.github.embeddedmemcached.internal.wire.MemcachedVersion;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import java.nio.charset.StandardCharsets;

/** The constant reply lines of the text protocol. */
public enum Reply {
    STORED("STORED"),
    NOT_STORED("NOT_STORED"),
    EXISTS("EXISTS"),
    NOT_FOUND("NOT_FOUND"),
    DELETED("DELETED"),
    TOUCHED("TOUCHED"),
    OK("OK"),
    RESET("RESET"),
    END("END"),
    VERSION("VERSION " + MemcachedVersion.TEXT),
    ERROR("ERROR"),
    BAD_LINE("CLIENT_ERROR bad command line format"),
    BAD_DELETE("CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]"),
    BAD_CHUNK("CLIENT_ERROR bad data chunk"),
    BAD_EXPTIME("CLIENT_ERROR invalid exptime argument"),
    BAD_DELTA("CLIENT_ERROR invalid numeric delta argument"),
    NON_NUMERIC("CLIENT_ERROR cannot increment or decrement non-numeric value"),
    TOO_LARGE("SERVER_ERROR object too large for cache"),
    MN("MN"),
    EN("EN"),
    TOO_MANY_FLAGS("CLIENT_ERROR options flags are too long"),
    DUPLICATE_FLAG("CLIENT_ERROR duplicate flag"),
    INVALID_FLAG("CLIENT_ERROR invalid flag"),
    BAD_FLAGS("CLIENT_ERROR invalid or duplicate flag"),
    BAD_TOKEN("CLIENT_ERROR bad token in command line format"),
    BAD_KEY("CLIENT_ERROR error decoding key"),
    BAD_INITIAL("CLIENT_ERROR invalid numeric initial value"),
    BAD_META_DELTA("CLIENT_ERROR invalid numeric delta value"),
    BAD_MODE_MS("CLIENT_ERROR invalid mode for ms M token"),
    BAD_MODE_MA("CLIENT_ERROR invalid mode for ma M token"),
    OPAQUE_TOO_LONG("CLIENT_ERROR opaque token too long"),
    OUT_OF_MEMORY_CHANGING("SERVER_ERROR out of memory"),
    OUT_OF_MEMORY_NEW("SERVER_ERROR Out of memory allocating new item"),
    OUT_OF_MEMORY("SERVER_ERROR out of memory storing object"),
    OUT_OF_MEMORY_READING("SERVER_ERROR out of memory reading request"),
    OUT_OF_MEMORY_GET("SERVER_ERROR out of memory writing get response"),
    OUT_OF_MEMORY_STATS("SERVER_ERROR out of memory writing stats"),
    UNAUTHENTICATED("CLIENT_ERROR unauthenticated"),
    AUTH_TOO_LONG("CLIENT_ERROR auth token too long"),
    BAD_AUTH_END("CLIENT_ERROR bad command line termination"),
    BAD_AUTH("CLIENT_ERROR bad authentication token format"),
    AUTH_FAILURE("CLIENT_ERROR authentication failure"),
    FLUSH_OFF("CLIENT_ERROR flush_all not allowed"),
    SHUTDOWN_OFF("SERVER_ERROR: shutdown not enabled"),
    BAD_SHUTDOWN("CLIENT_ERROR invalid shutdown mode"),

    WATCH_OFF("CLIENT_ERROR watch commands not allowed"),
    WATCHER_TOO_MANY("WATCHER_TOO_MANY log watcher limit reached"),
    PIPELINED_WATCH("ERROR cannot pipeline other commands before watch"),

    SIZES_OFF("STAT sizes_status disabled"),
    DETAIL_OFF("CLIENT_ERROR stats detail not allowed"),
    BAD_DETAIL("CLIENT_ERROR usage: stats detail on|off|dump"),
    CACHEDUMP_OFF("CLIENT_ERROR stats cachedump not allowed"),
    BAD_CACHEDUMP("CLIENT_ERROR bad command line"),
    BAD_CLASS_OF_CACHEDUMP("CLIENT_ERROR Illegal slab id"),

    MEMLIMIT_TOO_SMALL("MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m"),
    MEMLIMIT_NO_BYTES("MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes"),
    MEMLIMIT_FAILED("MEMLIMIT_ADJUST_FAILED out of bounds or unable to adjust"),

    BAD_LRU_PERCENT("ERROR hot and warm pcts must not exceed 80"),
    BAD_LRU_FACTOR("ERROR hot/warm age factors must be greater than 0"),

    CRAWLER_OFF("CLIENT_ERROR lru crawler disabled"),
    CRAWLER_ALREADY_ON("ERROR failed to start lru crawler thread"),
    CRAWLER_FAILED("ERROR an unknown error happened"),
    BAD_CRAWLER_SLEEP("CLIENT_ERROR sleep must be one second or less"),
    BAD_CRAWLER_CLASS("BADCLASS invalid class id"),
    METADUMP_OFF("ERROR metadump not allowed"),
    MGDUMP_OFF("ERROR key dump not allowed"),
    PIPELINED_METADUMP("ERROR cannot pipeline other commands before metadump"),
    PIPELINED_MGDUMP("ERROR cannot pipeline other commands before mgdump"),

    SLABS_SAME("SAME src and dst class are identical"),
    SLABS_NONE_TO_SPARE("NOSPARE source class has no spare pages"),
    BAD_SLAB_CLASS("BADCLASS invalid src or dst class id"),
    BAD_AUTOMOVE_WINDOW("CLIENT_ERROR automove window too low or too high");

    /** The line without its line end. */
    public final String text;

    /** The line with its line end; never modified. */
    @SuppressWarnings("ImmutableEnumChecker")
    public final byte[] line;

    /** The {@link #line} for {@link ReplyBuffer#putWord} if it has at most eight bytes. */
    private final long word;

    Reply(String text) {
        this.text = text;
        line = (text + "\r\n").getBytes(StandardCharsets.US_ASCII);
        long bytes = 0;
        for (int i = 0; i < Math.min(line.length, Long.BYTES); i++) {
            bytes |= (line[i] & 0xFFL) << i * Byte.SIZE;
        }
        word = bytes;
    }

    /** Appends the line with its line end. */
    void writeTo(ReplyBuffer output) {
        if (line.length <= Long.BYTES) {
            output.putWord(word, line.length);
        } else {
            output.put(line);
        }
    }
}
