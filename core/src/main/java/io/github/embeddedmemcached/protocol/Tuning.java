package io.github.embeddedmemcached.protocol;

/**
 * What {@code lru}, {@code lru_crawler} and {@code slabs} set, with memcached's defaults. It is shown by {@code stats settings}, and
 * but for the crawler's switch it has no effect: the engine has no such LRUs and slabs. Written and read by any thread.
 */
final class Tuning {
    volatile boolean lruCrawler;
    volatile long crawlerSleepMicros = 100;
    volatile long crawlerToCrawl;

    volatile boolean segmented;
    volatile long hotPercent = 20;
    volatile long warmPercent = 40;
    volatile double hotFactor = 0.2;
    volatile double warmFactor = 2;
    volatile boolean temporaryLru;
    volatile long temporaryTtlSeconds = 61;

    volatile long automove = 1;
    volatile double automoveRatio = 0.8;
    volatile double automoveFreeRatio = 0.01;
    volatile long automoveWindow = 30;

    /** What holds until a client sets something. */
    Tuning(ServerSettings settings) {
        lruCrawler = settings.shows(BackgroundTask.LRU_CRAWLER);
        segmented = settings.shows(BackgroundTask.LRU_MAINTAINER);
    }
}
