package io.github.embeddedmemcached.bench.traces;

import io.github.embeddedmemcached.bench.engine.Store;
import io.github.embeddedmemcached.bench.load.BlockingClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/** Replays a trace cache-aside: keys that are not found are set. */
final class Replay {
    /** The number of gets that are pipelined. */
    private static final int WINDOW = 16;

    private final KeyTrace trace;
    private final byte[] value = new byte[KeyTrace.VALUE_BYTES_MAX];

    Replay(KeyTrace trace) {
        this.trace = trace;
    }

    /** Replays the trace on a cache in this JVM, and returns which requests were hits. */
    <K> BitSet inProcess(Store<K> store) {
        BitSet hits = new BitSet(trace.requests());
        for (int i = 0; i < trace.requests(); i++) {
            K key = store.key(trace.key(i));
            if (store.get(key) != null) {
                hits.set(i);
            } else {
                store.set(key, Arrays.copyOf(value, trace.size(i)));
            }
        }
        return hits;
    }

    /** Replays the trace on a server, and returns which requests were hits; a key that occurs twice among the pipelined gets is set once. */
    BitSet overTheWire(BlockingClient client) throws IOException {
        BitSet hits = new BitSet(trace.requests());
        for (int first = 0; first < trace.requests(); first += WINDOW) {
            replayWindow(client, first, Math.min(trace.requests(), first + WINDOW), hits);
        }
        return hits;
    }

    private void replayWindow(BlockingClient client, int first, int end, BitSet hits) throws IOException {
        StringBuilder gets = new StringBuilder();
        for (int i = first; i < end; i++) {
            gets.append("get ").append(trace.key(i)).append("\r\n");
        }
        client.send(ByteBuffer.wrap(gets.toString().getBytes(StandardCharsets.US_ASCII)));
        Set<String> missing = new HashSet<>();
        ByteArrayOutputStream sets = new ByteArrayOutputStream();
        for (int i = first; i < end; i++) {
            String reply = client.readLine();
            if (reply.startsWith("VALUE ")) {
                hits.set(i);
                client.skip(Integer.parseInt(reply.substring(reply.lastIndexOf(' ') + 1)) + 2);
                reply = client.readLine();
            } else if (!missing.add(trace.key(i))) {
                hits.set(i); // without pipelining, it would have been set by now
            } else {
                appendSet(sets, i);
            }
            if (!reply.equals("END")) {
                throw new IOException("get: " + reply);
            }
        }
        if (!missing.isEmpty()) {
            client.send(ByteBuffer.wrap(sets.toByteArray()));
            for (int i = 0; i < missing.size(); i++) {
                client.readLine(); // may be "out of memory"; the key is then missing again
            }
        }
    }

    private void appendSet(ByteArrayOutputStream sets, int request) {
        String line = "set " + trace.key(request) + " 0 0 " + trace.size(request) + "\r\n";
        sets.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
        sets.write(value, 0, trace.size(request));
        sets.write('\r');
        sets.write('\n');
    }
}
