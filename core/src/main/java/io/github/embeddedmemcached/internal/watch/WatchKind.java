package io.github.embeddedmemcached.internal.watch;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The kinds of log lines. The argument of {@code watch} is the name in lower case. */
public enum WatchKind {
    /** All command lines, unchanged. */
    RAWCMDS,
    /** Evicted items. */
    EVICTIONS,
    /** Lookups of keys. */
    FETCHERS,
    /** Storage commands and their results. */
    MUTATIONS,
    /** Events of memcached's background threads, which this server does not have. */
    SYSEVENTS,
    /** Opened and closed connections. */
    CONNEVENTS,
    /** Deleted items. */
    DELETIONS,
    /** Events of memcached's proxy, which this server does not have. */
    PROXYREQS,
    /** Events of memcached's proxy, which this server does not have. */
    PROXYEVENTS,
    /** Events of memcached's proxy, which this server does not have. */
    PROXYUSER;

    /** Returns the bit of the kind in a set of kinds. */
    public int bit() {
        return 1 << ordinal();
    }

    /** Returns the kind for an argument of {@code watch}; null if there is none. */
    public static @Nullable WatchKind of(String word) {
        for (WatchKind kind : values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
                return kind;
            }
        }
        return null;
    }
}
