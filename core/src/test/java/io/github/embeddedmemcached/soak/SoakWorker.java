package io.github.embeddedmemcached.soak;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The traffic of one client on its own keys. A value contains its key, a version and a checksum, so that each reply can be checked: it
 * must be a miss, the last confirmed version, or a version whose store failed on the client and may be executed at any later time.
 */
final class SoakWorker implements Runnable {
    private static final int KEYS = 400;
    private static final int SETS_PERCENT = 40;
    private static final int SMALL_LENGTH_MAX = 400;
    private static final int MEDIUM_LENGTH_MAX = 20_000;
    private static final int LARGE_LENGTH_MAX = 300_000;

    /** The pause after a failed operation: without a connection, operations fail immediately, and each failed store needs memory. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final String name;
    private final Callable<SoakClient> connector;
    private final Random random;
    private final Map<String, Long> confirmed = new HashMap<>();
    private final Map<String, Set<Long>> uncertain = new HashMap<>();
    private SoakClient client;
    private long version;

    private volatile boolean stopping;
    private volatile long successes;
    private volatile long hits;
    private volatile long reconnections;
    private volatile @Nullable Exception wrongReply;

    SoakWorker(String name, Callable<SoakClient> connector, long seed) throws Exception {
        this.name = name;
        this.connector = connector;
        client = connector.call();
        random = new Random(seed);
    }

    /** Returns the number of operations with a reply of the server, hit or miss. */
    long successes() {
        return successes;
    }

    long hits() {
        return hits;
    }

    /** Returns how often the client was replaced because it did not recover. */
    long reconnections() {
        return reconnections;
    }

    /** Ends the traffic after the current operation. */
    void stop() {
        stopping = true;
    }

    /** Fails with the first wrong reply, if any. */
    void check() {
        if (wrongReply != null) {
            throw new AssertionError(wrongReply);
        }
    }

    /** Disconnects. Must be called after {@link #stop()}, when the worker's thread has ended. */
    void close() throws Exception {
        client.close();
    }

    @Override
    public void run() {
        while (!stopping && wrongReply == null) {
            String key = name + ":" + random.nextInt(KEYS);
            try {
                if (random.nextInt(100) < SETS_PERCENT) {
                    set(key);
                } else {
                    get(key);
                }
            } catch (WrongReply e) {
                wrongReply = e;
            } catch (AssertionError | IllegalStateException e) {
                reconnect();
            } catch (Exception e) {
                // a fault was injected: the next operations show whether the server still works
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** Replaces a client that does not recover: spymemcached's thread may end when a connection is lost within a reply. */
    private void reconnect() {
        reconnections++;
        try {
            client.close();
            client = connector.call();
        } catch (Exception e) {
            LockSupport.parkNanos(PAUSE_NANOS); // the next operation fails, and the reconnect is retried
        }
    }

    private void set(String key) throws Exception {
        long stored = ++version;
        Set<Long> versions = uncertain.computeIfAbsent(key, unused -> new HashSet<>());
        versions.add(stored);
        if (client.set(key, encode(key, stored))) {
            versions.remove(stored);
            confirmed.put(key, stored);
        }
        successes++;
    }

    private void get(String key) throws Exception {
        byte[] value = client.get(key);
        if (value != null) {
            long found = decode(key, value);
            boolean expected = confirmed.getOrDefault(key, 0L) == found
                    || uncertain.getOrDefault(key, Set.of()).contains(found);
            if (!expected) {
                throw new WrongReply("%s: version %d instead of %d or one of %s"
                        .formatted(key, found, confirmed.get(key), uncertain.get(key)));
            }
            hits++;
        }
        successes++;
    }

    private byte[] encode(String key, long stored) {
        byte[] keyBytes = key.getBytes(StandardCharsets.US_ASCII);
        int paddingMax = switch (random.nextInt(100)) {
            case 0 -> LARGE_LENGTH_MAX;
            case 1, 2, 3 -> MEDIUM_LENGTH_MAX;
            default -> SMALL_LENGTH_MAX;
        };
        byte[] padding = new byte[random.nextInt(paddingMax)];
        random.nextBytes(padding);
        ByteBuffer value = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES + keyBytes.length + padding.length);
        value.position(Long.BYTES)
                .putLong(stored)
                .putInt(keyBytes.length)
                .put(keyBytes)
                .put(padding);
        return value.putLong(0, checksum(value.array())).array();
    }

    private static long decode(String key, byte[] bytes) throws WrongReply {
        ByteBuffer value = ByteBuffer.wrap(bytes);
        long checksum = value.getLong();
        if (checksum != checksum(bytes)) {
            throw new WrongReply(key + ": the checksum of " + bytes.length + " bytes is wrong");
        }
        long found = value.getLong();
        byte[] keyBytes = new byte[value.getInt()];
        value.get(keyBytes);
        String foundKey = new String(keyBytes, StandardCharsets.US_ASCII);
        if (!foundKey.equals(key)) {
            throw new WrongReply(key + ": the value belongs to " + foundKey);
        }
        return found;
    }

    private static long checksum(byte[] value) {
        CRC32 checksum = new CRC32();
        checksum.update(value, Long.BYTES, value.length - Long.BYTES);
        return checksum.getValue();
    }

    /** A wrong reply, as opposed to a failure of a client. */
    private static final class WrongReply extends Exception {
        private static final long serialVersionUID = 1;

        WrongReply(String message) {
            super(message);
        }
    }
}
