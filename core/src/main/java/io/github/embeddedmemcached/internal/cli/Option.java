package io.github.embeddedmemcached.internal.cli;

/** The options that have a letter. The names are those of memcached's option table. */
enum Option {
    PORT('p', "port", true),
    UDP_PORT('U', "udp-port", true),
    UNIX_SOCKET('s', "unix-socket", true),
    UNIX_MASK('a', "unix-mask", true),
    LISTEN('l', "listen", true),
    LISTEN_BACKLOG('b', "listen-backlog", true),
    MEMORY_LIMIT('m', "memory-limit", true),
    DISABLE_EVICTIONS('M', "disable-evictions", false),
    MAX_ITEM_SIZE('I', "max-item-size", true),
    DISABLE_CAS('C', "disable-cas", false),
    MEMORY_FILE('e', "memory-file", true),
    CONN_LIMIT('c', "conn-limit", true),
    THREADS('t', "threads", true),
    MAX_REQS_PER_EVENT('R', "max-reqs-per-event", true),
    PROTOCOL('B', "protocol", true),
    ENABLE_SHUTDOWN('A', "enable-shutdown", false),
    DISABLE_FLUSH_ALL('F', "disable-flush-all", false),
    DISABLE_DUMPING('X', "disable-dumping", false),
    DISABLE_WATCH('W', "disable-watch", false),
    DELIMITER('D', "", true),
    ENABLE_SASL('S', "enable-sasl", false),
    AUTH_FILE('Y', "auth-file", true),
    ENABLE_SSL('Z', "enable-ssl", false),
    EXTENDED('o', "extended", true),
    VERBOSE('v', "verbose", false),
    VERSION('V', "version", false),
    LICENSE('i', "license", false),
    HELP('h', "help", false),

    // of these, only -d and -P have an effect
    USER('u', "user", true),
    LOCK_MEMORY('k', "lock-memory", false),
    ENABLE_COREDUMPS('r', "enable-coredumps", false),
    DAEMON('d', "daemon", false),
    PIDFILE('P', "pidfile", true),
    SLAB_GROWTH_FACTOR('f', "slab-growth-factor", true),
    SLAB_MIN_SIZE('n', "slab-min-size", true),
    ENABLE_LARGEPAGES('L', "enable-largepages", false),
    NAPI_IDS('N', "napi-ids", true);

    final char letter;

    /** The long name; empty if the option has only a letter. */
    final String word;

    final boolean takesValue;

    Option(char letter, String word, boolean takesValue) {
        this.letter = letter;
        this.word = word;
        this.takesValue = takesValue;
    }
}
