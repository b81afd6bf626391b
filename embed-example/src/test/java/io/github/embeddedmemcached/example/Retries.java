package io.github.embeddedmemcached.example;

import com.spotify.folsom.MemcacheClosedException;
import com.spotify.folsom.MemcacheOverloadedException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Retries requests of a folsom client while it is not connected: the client itself does not wait for a connection. */
final class Retries {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private Retries() {}

    static <T> T retry(Supplier<CompletionStage<T>> request)
            throws ExecutionException, InterruptedException, TimeoutException {
        long begin = System.nanoTime();
        while (true) {
            try {
                return request.get().toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                boolean isTemporary = e.getCause() instanceof MemcacheClosedException
                        || e.getCause() instanceof MemcacheOverloadedException;
                if (!isTemporary || System.nanoTime() - begin > TIMEOUT_NANOS) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }
}
