package io.github.embeddedmemcached.example;

import java.util.function.Function;
import net.spy.memcached.MemcachedClient;

/** A cache-aside example: looks up products in the cache, and in the database on a miss. */
public final class ProductCatalog {
    private static final int EXPTIME_SECONDS = 600;

    private final MemcachedClient memcached;
    private final Function<Integer, String> database;

    /**
     * Creates a catalog.
     *
     * @param memcached the client of the cache
     * @param database returns the name of a product
     */
    public ProductCatalog(MemcachedClient memcached, Function<Integer, String> database) {
        this.memcached = memcached;
        this.database = database;
    }

    /**
     * Returns a product's name.
     *
     * @param id the product's number
     * @return its name, cached for at most ten minutes
     */
    public String name(int id) {
        Object cached = memcached.get(key(id));
        if (cached instanceof String name) {
            return name;
        }
        String name = database.apply(id);
        memcached.set(key(id), EXPTIME_SECONDS, name);
        return name;
    }

    /**
     * Removes a product from the cache. Must be called when the product has changed.
     *
     * @param id the product's number
     */
    public void changed(int id) {
        memcached.delete(key(id));
    }

    private static String key(int id) {
        return "product:" + id;
    }
}
