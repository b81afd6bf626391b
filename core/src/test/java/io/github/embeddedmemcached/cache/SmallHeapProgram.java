package io.github.embeddedmemcached.cache;

/** Fills a cache whose limit is far over the heap it runs in; started by {@link SmallHeapTest} in a JVM of its own. */
final class SmallHeapProgram {
    private static final int SETS = 100_000;

    private SmallHeapProgram() {}

    /** Exits with 0 if every set is stored and the last one can be read. */
    public static void main(String[] args) {
        Cache cache = Cache.builder().memoryLimitBytes(256 << 20).build();
        byte[] value = new byte[1000];
        for (int i = 0; i < SETS; i++) {
            if (cache.set("key" + i, value) != StoreResult.STORED) {
                System.exit(2);
            }
        }
        cache.checkIntegrity();
        boolean goesOn = cache.get("key" + (SETS - 1)) != null
                && cache.statistics().get(Counter.EVICTIONS) > 0
                && cache.statistics().items() > 1_000;
        System.exit(goesOn ? 0 : 3);
    }
}
