package io.github.embeddedmemcached.bench.ttl;

import io.github.embeddedmemcached.bench.load.BlockingClient;
import io.github.embeddedmemcached.bench.wire.Core;
import io.github.embeddedmemcached.bench.wire.ServerKind;
import io.github.embeddedmemcached.bench.wire.ServerProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs a workload on a server in real time. memcached's crawler, which removes expired items, is started as often in scaled time as memcached
 * starts it by itself, which is once a minute at most, but not more than once per second.
 */
final class ServerRun {
    private static final int WINDOW = 16;
    private static final double CRAWL_SECONDS = 60;
    private static final byte[] VALUE = "x".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);

    private final Workload workload;
    private final BlockingClient client;
    private final boolean isMemcached;
    private long gets;
    private long misses;
    private double secondsLate;
    private int samples;
    private double items;
    private double bytes;

    private ServerRun(Workload workload, BlockingClient client, boolean isMemcached) {
        this.workload = workload;
        this.client = client;
        this.isMemcached = isMemcached;
    }

    /** Runs the workload on a new server with the given limit. */
    static TtlResult run(Workload workload, ServerKind kind, List<String> jvmFlags, int megabytes) throws IOException {
        try (ServerProcess server = ServerProcess.start(Core.ANY, kind, jvmFlags, megabytes);
                BlockingClient client = new BlockingClient(server.port())) {
            return new ServerRun(workload, client, kind == ServerKind.MEMCACHED).run();
        }
    }

    private TtlResult run() throws IOException {
        long start = System.nanoTime();
        double nextSample = workload.seconds() / 2;
        double crawlSeconds = Math.max(1, CRAWL_SECONDS * workload.timeScale());
        double nextCrawl = crawlSeconds;
        for (int first = 0; first < workload.requests(); first += WINDOW) {
            double due = workload.due(first);
            long early = start + (long) (due * 1e9) - System.nanoTime();
            if (early > 0) {
                LockSupport.parkNanos(early);
            }
            secondsLate = Math.max(secondsLate, -early / 1e9);
            if (isMemcached && due >= nextCrawl) {
                client.execute("lru_crawler crawl all"); // may be busy
                nextCrawl += crawlSeconds;
            }
            if (due >= nextSample) {
                sample();
                nextSample++;
            }
            runWindow(first, Math.min(workload.requests(), first + WINDOW));
        }
        double allocated = isMemcached ? client.statistic("slabs", "total_malloced") : 0;
        return new TtlResult(gets, misses, items / samples, bytes / samples, allocated, secondsLate);
    }

    private void sample() throws IOException {
        samples++;
        items += client.statistic("", "curr_items");
        bytes += client.statistic("", "bytes");
    }

    private void runWindow(int first, int end) throws IOException {
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        for (int i = first; i < end; i++) {
            if (workload.isSet(i)) {
                appendSet(requests, i);
            } else {
                append(requests, "get " + workload.key(i) + "\r\n");
            }
        }
        client.send(ByteBuffer.wrap(requests.toByteArray()));
        List<Integer> filled = new ArrayList<>();
        for (int i = first; i < end; i++) {
            String reply = client.readLine();
            if (workload.isSet(i)) {
                continue; // may be "out of memory"
            }
            gets++;
            if (reply.startsWith("VALUE ")) {
                client.skip(Integer.parseInt(reply.substring(reply.lastIndexOf(' ') + 1)) + 2);
                reply = client.readLine();
            } else {
                misses++;
                if (workload.fillsMiss(i)) {
                    filled.add(i);
                }
            }
            if (!reply.equals("END")) {
                throw new IOException("get: " + reply);
            }
        }
        if (!filled.isEmpty()) {
            ByteArrayOutputStream sets = new ByteArrayOutputStream();
            filled.forEach(i -> appendSet(sets, i));
            client.send(ByteBuffer.wrap(sets.toByteArray()));
            for (int i = 0; i < filled.size(); i++) {
                client.readLine();
            }
        }
    }

    private void appendSet(ByteArrayOutputStream target, int request) {
        int length = workload.valueBytes(request);
        append(target, "set " + workload.key(request) + " 0 " + workload.ttl(request) + " " + length + "\r\n");
        target.write(VALUE, 0, length);
        append(target, "\r\n");
    }

    private static void append(ByteArrayOutputStream target, String text) {
        target.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
