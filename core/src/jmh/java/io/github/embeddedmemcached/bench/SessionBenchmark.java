package io.github.embeddedmemcached.bench;

import io.github.embeddedmemcached.cache.Cache;
import io.github.embeddedmemcached.internal.protocol.ClientSession;
import io.github.embeddedmemcached.internal.session.ServerContext;
import io.github.embeddedmemcached.internal.session.ServerSettings;
import io.github.embeddedmemcached.internal.testing.Fixtures;
import io.github.embeddedmemcached.internal.view.Engines;
import io.github.embeddedmemcached.internal.wire.ReplyBuffer;
import io.github.embeddedmemcached.testing.Recording;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the processing of a request without sockets, from the bytes of the request to the bytes of the reply. With {@code -prof
 * gc}, {@code gc.alloc.rate.norm} is the number of bytes allocated per request, which should be 0. With {@code -p recording=on}, it
 * includes the cost of recording the commands.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SessionBenchmark {
    private static final int REQUESTS = 1_000;
    private static final int KEYS = 100_000;

    /** Whether the commands are recorded; if not, no interceptor is called. */
    @Param({"off", "on"})
    public String recording;

    private final ReplyBuffer replies = new ReplyBuffer();
    private final ByteBuffer sink = ByteBuffer.allocate(1 << 20);
    private ClientSession session;
    private ByteBuffer hits;
    private ByteBuffer misses;
    private ByteBuffer sets;
    private ByteBuffer multiGets;
    private ByteBuffer metaHits;
    private ByteBuffer metaMisses;
    private ByteBuffer metaSets;

    @Setup
    public void fill() {
        Cache cache = Cache.builder().memoryLimitBytes(256 << 20).build();
        for (int i = 0; i < KEYS; i++) {
            cache.set(key(i), new byte[100]);
        }
        ServerContext context = new ServerContext(Engines.of(cache), ServerSettings.defaults(), Clock.systemUTC());
        if (recording.equals("on")) {
            Recording commands = Fixtures.newRecording(Recording.class, () -> {});
            commands.start();
            context.interceptor().set(Fixtures.recordingControl(commands).interceptor());
        }
        session = new ClientSession(context);
        Random random = new Random(1);
        StringBuilder hit = new StringBuilder();
        StringBuilder miss = new StringBuilder();
        StringBuilder set = new StringBuilder();
        for (int i = 0; i < REQUESTS; i++) {
            hit.append("get ").append(key(random.nextInt(KEYS))).append("\r\n");
            miss.append("get ").append(key(KEYS + random.nextInt(KEYS))).append("\r\n");
            set.append("set ").append(key(random.nextInt(KEYS))).append(" 0 0 100\r\n");
            set.append("x".repeat(100)).append("\r\n");
        }
        StringBuilder metaHit = new StringBuilder();
        StringBuilder metaMiss = new StringBuilder();
        StringBuilder metaSet = new StringBuilder();
        for (int i = 0; i < REQUESTS; i++) {
            metaHit.append("mg ").append(key(random.nextInt(KEYS))).append(" v f\r\n");
            metaMiss.append("mg ").append(key(KEYS + random.nextInt(KEYS))).append(" v f\r\n");
            metaSet.append("ms ").append(key(random.nextInt(KEYS))).append(" 100 T0\r\n");
            metaSet.append("x".repeat(100)).append("\r\n");
        }
        metaHits = bytes(metaHit);
        metaMisses = bytes(metaMiss);
        metaSets = bytes(metaSet);
        StringBuilder multi = new StringBuilder();
        for (int i = 0; i < REQUESTS; i++) {
            multi.append(i % 100 == 0 ? "get " : " ").append(key(random.nextInt(KEYS)));
            multi.append(i % 100 == 99 ? "\r\n" : "");
        }
        hits = bytes(hit);
        misses = bytes(miss);
        sets = bytes(set);
        multiGets = bytes(multi);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int getHit() {
        return run(hits);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int getMiss() {
        return run(misses);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int set100Bytes() {
        return run(sets);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int metaGetHit() {
        return run(metaHits);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int metaGetMiss() {
        return run(metaMisses);
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int metaSet100Bytes() {
        return run(metaSets);
    }

    /** Per key, in gets of 100 keys. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public int getHitOfMany() {
        return run(multiGets);
    }

    private int run(ByteBuffer requests) {
        requests.rewind();
        int replyBytes = 0;
        while (requests.hasRemaining()) {
            session.process(requests, replies);
            while (!replies.isEmpty()) {
                sink.clear();
                replyBytes += replies.drainTo(sink);
            }
        }
        return replyBytes;
    }

    private static String key(int i) {
        return String.format("key%010d", i);
    }

    private static ByteBuffer bytes(StringBuilder text) {
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
    }
}
