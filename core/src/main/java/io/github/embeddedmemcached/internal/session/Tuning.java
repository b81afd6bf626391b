package io.github.embeddedmemcached.internal.session;

/**
 * The values that {@code lru}, {@code lru_crawler} and {@code slabs} set, by default memcached's. {@code stats settings} shows them.
 * Only {@link #lruCrawler} has an effect: the engine has neither LRUs nor slabs. Written and read by any thread.
 */
public final class Tuning {
    public volatile boolean lruCrawler;
    public volatile long crawlerSleepMicros;
    public volatile long crawlerToCrawl;

    public volatile boolean segmented;
    public volatile long hotPercent;
    public volatile long warmPercent;
    public volatile double hotFactor;
    public volatile double warmFactor;
    public volatile boolean temporaryLru;
    public volatile long temporaryTtlSeconds;

    public volatile long automove;
    public volatile double automoveRatio;
    public volatile double automoveFreeRatio;
    public volatile long automoveWindow;

    private final ServerSettings settings;

    Tuning(ServerSettings settings) {
        this.settings = settings;
        reset();
    }

    /** Restores the values that the server was started with. */
    void reset() {
        lruCrawler = settings.isEnabled(BackgroundTask.LRU_CRAWLER);
        crawlerSleepMicros = 100;
        crawlerToCrawl = 0;
        segmented = settings.isEnabled(BackgroundTask.LRU_MAINTAINER);
        hotPercent = 20;
        warmPercent = 40;
        hotFactor = 0.2;
        warmFactor = 2;
        temporaryLru = false;
        temporaryTtlSeconds = 61;
        automove = 1;
        automoveRatio = 0.8;
        automoveFreeRatio = 0.01;
        automoveWindow = 30;
    }
}
