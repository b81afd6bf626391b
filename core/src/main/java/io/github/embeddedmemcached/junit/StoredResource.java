package io.github.embeddedmemcached.junit;

import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A value that the store of an {@link ExtensionContext} closes at the end of the context. Stores close every {@link AutoCloseable} only
 * since JUnit Jupiter 5.13; older versions close only {@code CloseableResource}s, which 5.13 deprecates and 6.x still has. A value that
 * is both is closed once.
 */
@SuppressWarnings("deprecation")
interface StoredResource extends AutoCloseable, ExtensionContext.Store.CloseableResource {
    @Override
    void close();
}
