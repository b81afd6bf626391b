package io.github.embeddedmemcached.example;

import com.spotify.folsom.MemcacheClosedException;
import com.spotify.folsom.MemcacheOverloadedException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks a folsom client again as long as it has no connection: it doesn't wait for one by itself. */
final class Insistence {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private Insistence() {}

    static <T> T untilAnswered(Supplier<CompletionStage<T>> question)
            throws ExecutionException, InterruptedException, TimeoutException {
        long begin = System.nanoTime();
        while (true) {
            try {
                return question.get().toCompletableFuture().get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                boolean mayPass = e.getCause() instanceof MemcacheClosedException
                        || e.getCause() instanceof MemcacheOverloadedException;
                if (!mayPass || System.nanoTime() - begin > PATIENCE_NANOS) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }
}
