package io.github.embeddedmemcached.internal.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What may stand in the list behind {@code -o}; an option's name is its constant's in lower case. */
enum ExtendedOption {
    DEBUG_TIME,
    IDLE_TIMEOUT,
    MAXCONNS_FAST,
    NO_LRU_CRAWLER,
    NO_LRU_MAINTAINER,
    NO_MAXCONNS_FAST,
    NO_MODERN,
    NO_SLAB_REASSIGN,
    READ_BUF_MEM_LIMIT,
    RESP_OBJ_MEM_LIMIT,
    SSL_CHAIN_CERT,
    SSL_KEY,
    SSL_KEYFORMAT,
    SSL_VERIFY_MODE,
    SSL_CIPHERS,
    SSL_CA_CERT,
    SSL_MIN_VERSION,

    /** Any of those that say something about slabs, the LRU's threads, the flash tier or the system. */
    WITHOUT_MEANING;

    private static final Set<String> NAMES_WITHOUT_MEANING = Set.of(
            "drop_privileges",
            "hash_algorithm",
            "hashpower",
            "hot_lru_pct",
            "hot_max_factor",
            "inline_ascii_resp",
            "lru_crawler",
            "lru_crawler_sleep",
            "lru_crawler_tocrawl",
            "lru_maintainer",
            "modern",
            "no_drop_privileges",
            "no_hashexpand",
            "no_inline_ascii_resp",
            "relaxed_privileges",
            "slab_automove",
            "slab_automove_freeratio",
            "slab_automove_ratio",
            "slab_automove_window",
            "slab_chunk_max",
            "slab_reassign",
            "sock_cookie_id",
            "ssl_kernel_tls",
            "ssl_session_cache",
            "ssl_wbuf_size",
            "tail_repair_time",
            "temporary_ttl",
            "track_sizes",
            "warm_lru_pct",
            "warm_max_factor",
            "watcher_logbuf_size",
            "worker_logbuf_size");

    /** The option of a name, or null. */
    static @Nullable ExtendedOption of(String name) {
        if (NAMES_WITHOUT_MEANING.contains(name) || name.startsWith("ext_")) {
            return WITHOUT_MEANING;
        }
        return Arrays.stream(values())
                .filter(option -> option != WITHOUT_MEANING
                        && option.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElse(null);
    }

    boolean takesValue() {
        return switch (this) {
            case DEBUG_TIME,
                    MAXCONNS_FAST,
                    NO_LRU_CRAWLER,
                    NO_LRU_MAINTAINER,
                    NO_MAXCONNS_FAST,
                    NO_MODERN,
                    NO_SLAB_REASSIGN,
                    WITHOUT_MEANING -> false;
            default -> true;
        };
    }
}
