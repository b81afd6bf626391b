package io.github.embeddedmemcached.bench.growth;

/** What is measured, in the order of the output. */
enum Measure {
    /** A set of a new key. */
    INSERT("insert", "ns"),
    /** A set of a key that exists. */
    SET("set", "ns"),
    GET("get", "ns"),
    /** A set of a new key in a full cache. */
    EVICT("set that evicts", "ns"),
    /** A set during the second after many items have expired. */
    EXPIRE("set after expiry", "ns"),
    FLUSH("flush_all", "ms"),
    SAVE("save", "ms"),
    EVICT_LONGEST("longest set that evicts", "ms"),
    EXPIRE_LONGEST("longest set after expiry", "ms"),
    FLUSH_LONGEST("longest set after flush_all", "ms"),
    /** The longest operation that does not use the cache: the pauses of the machine. */
    MACHINE_LONGEST("longest without cache", "ms");

    private final String title;
    private final String unit;

    Measure(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    String title() {
        return title;
    }

    String unit() {
        return unit;
    }

    boolean isLongest() {
        return ordinal() >= EVICT_LONGEST.ordinal();
    }
}
