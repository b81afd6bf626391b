package io.github.embeddedmemcached.internal.snapshot;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A daemon thread that saves one cache periodically. It ends when the cache is closed; if the application drops a cache without closing it,
 * at the next interval, since it does not keep the cache reachable.
 */
final class SaveTimer implements Runnable {
    private final WeakReference<Persistence> cache;
    private final long intervalNanos;
    private final Thread thread;
    private volatile boolean isStopped;

    private SaveTimer(Persistence cache, Duration interval) {
        this.cache = new WeakReference<>(cache);
        intervalNanos = interval.toNanos();
        thread = new Thread(null, this, "embedded-memcached-saver", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null); // the thread does not keep the application's class loader reachable
    }

    static SaveTimer start(Persistence cache, Duration interval) {
        SaveTimer timer = new SaveTimer(cache, interval);
        timer.thread.start();
        return timer;
    }

    @Override
    public void run() {
        long begin = System.nanoTime();
        while (!isStopped) {
            long remaining = intervalNanos - (System.nanoTime() - begin);
            if (remaining > 0) {
                LockSupport.parkNanos(this, remaining);
                continue;
            }
            if (!save()) {
                return;
            }
            begin = System.nanoTime();
        }
    }

    /** Saves the cache if it was changed; returns false if the cache does not exist any more. */
    @SuppressWarnings("removal") // ThreadDeath
    private boolean save() {
        Persistence saved = cache.get();
        if (saved != null) {
            try {
                saved.saveIfChanged();
            } catch (Error e) { // for example a lack of heap memory, reported as a warning: the next save may succeed
                if (e instanceof ThreadDeath) {
                    throw e;
                }
            }
        }
        return saved != null;
    }

    /** Ends the thread, soon. */
    void stop() {
        isStopped = true;
        LockSupport.unpark(thread);
    }
}
