package io.github.embeddedmemcached.protocol;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a client can watch; its word is the name in lower case. */
enum WatchKind {
    /** Every command, as it came. */
    RAWCMDS,
    /** Items dropped to make room. */
    EVICTIONS,
    /** Items looked for. */
    FETCHERS,
    /** Items stored, or not. */
    MUTATIONS,
    /** What the server does by itself: nothing, here. */
    SYSEVENTS,
    /** Clients that come and go. */
    CONNEVENTS,
    /** Items deleted. */
    DELETIONS,
    /** The proxy's, which isn't here. */
    PROXYREQS,
    /** The proxy's, which isn't here. */
    PROXYEVENTS,
    /** The proxy's, which isn't here. */
    PROXYUSER;

    /** A set of kinds is the sum of their bits. */
    int bit() {
        return 1 << ordinal();
    }

    static @Nullable WatchKind of(String word) {
        for (WatchKind kind : values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(word)) {
                return kind;
            }
        }
        return null;
    }
}
