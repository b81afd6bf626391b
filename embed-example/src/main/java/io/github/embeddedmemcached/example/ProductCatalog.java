package io.github.embeddedmemcached.example;

import java.util.function.Function;
import net.spy.memcached.MemcachedClient;

/** Looks products up in the cache first, and in the database when the cache doesn't know: the usual cache-aside. */
public final class ProductCatalog {
    private static final int KEPT_SECONDS = 600;

    private final MemcachedClient memcached;
    private final Function<Integer, String> database;

    /**
     * Creates a catalog.
     *
     * @param memcached remembers products
     * @param database knows them all, and is slow
     */
    public ProductCatalog(MemcachedClient memcached, Function<Integer, String> database) {
        this.memcached = memcached;
        this.database = database;
    }

    /**
     * Returns a product's name.
     *
     * @param id the product's number
     * @return its name, at most ten minutes old
     */
    public String name(int id) {
        Object cached = memcached.get(key(id));
        if (cached instanceof String name) {
            return name;
        }
        String name = database.apply(id);
        memcached.set(key(id), KEPT_SECONDS, name);
        return name;
    }

    /**
     * Forgets a product, as it has changed.
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
