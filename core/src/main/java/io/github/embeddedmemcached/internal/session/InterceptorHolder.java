package io.github.embeddedmemcached.internal.session;

import io.github.embeddedmemcached.internal.intercept.Interceptor;
import io.github.embeddedmemcached.internal.watch.ObserverFlags;
import org.jspecify.annotations.Nullable;

/** The interceptor of a server, which may be set at any time. Thread-safe. */
public final class InterceptorHolder {
    private final ObserverFlags observerFlags;
    private volatile @Nullable Interceptor interceptor;

    InterceptorHolder(ObserverFlags observerFlags) {
        this.observerFlags = observerFlags;
    }

    /** Sets the interceptor; null for none, which is the initial state. */
    public void set(@Nullable Interceptor interceptor) {
        this.interceptor = interceptor;
        observerFlags.set(ObserverFlags.INTERCEPTOR, interceptor == null ? 0 : ObserverFlags.INTERCEPTOR);
    }

    public @Nullable Interceptor get() {
        return interceptor;
    }
}
