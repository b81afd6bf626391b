package io.github.embeddedmemcached.internal.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An option in the list of {@code -o}. The option's name is the constant's name in lower case. */
enum ExtendedOption {
    DEBUG_TIME(false),
    IDLE_TIMEOUT(true),
    MAXCONNS_FAST(false),
    NO_LRU_CRAWLER(false),
    NO_LRU_MAINTAINER(false),
    NO_MAXCONNS_FAST(false),
    NO_MODERN(false),
    NO_SLAB_REASSIGN(false),
    READ_BUF_MEM_LIMIT(true),
    RESP_OBJ_MEM_LIMIT(true),
    SSL_CHAIN_CERT(true),
    SSL_KEY(true),
    SSL_KEYFORMAT(true),
    SSL_VERIFY_MODE(true),
    SSL_CIPHERS(true),
    SSL_CA_CERT(true),
    SSL_MIN_VERSION(true),

    /** An option without effect: for slabs, LRU threads, the flash tier or the operating system. */
    IGNORED(false);

    private static final Set<String> IGNORED_NAMES = Set.of(
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

    private final boolean takesValue;

    ExtendedOption(boolean takesValue) {
        this.takesValue = takesValue;
    }

    /** Returns the option with a name; null if there is none. */
    static @Nullable ExtendedOption of(String name) {
        if (IGNORED_NAMES.contains(name) || name.startsWith("ext_")) {
            return IGNORED;
        }
        return Arrays.stream(values())
                .filter(option -> option != IGNORED
                        && option.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElse(null);
    }

    boolean takesValue() {
        return takesValue;
    }
}
